//! When two emails or two names are the same, so that only one entity can own them.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use sha2::{Digest, Sha256};

use crate::limits;

/// The form in which emails and names are compared: two of them are the same if they have the same
/// form.
///
/// Case and the spelling of accents do not matter. It is a canonical caseless match (The Unicode
/// Standard, 3.13, D145): full case folding of the decomposed text, here composed again. Folding
/// does not depend on a language, so the dotless `ı` of Turkish is another letter than `i`.
///
/// A form has at most [`limits::CLAIM_FORM`] bytes, since it is part of a key: a longer one is
/// replaced by its SHA-256.
pub fn claim_form(value: &str) -> String {
    if value.is_ascii() {
        return value.to_ascii_lowercase();
    }
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(value);
    let folded = CaseMapper::new().fold_string(&decomposed);
    let composed: Cow<'_, str> = ComposingNormalizerBorrowed::new_nfc().normalize(&folded);
    if composed.len() <= limits::CLAIM_FORM {
        return composed.into_owned();
    }
    let digest = Sha256::digest(composed.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_ignores_case_and_the_spelling_of_accents() {
        for same in [
            &["ΚΑΦΕΣ.GR", "καφες.gr", "καφεσ.gr"][..],
            &["straße", "STRASSE", "STRAẞE", "strasse"],
            &["Caf\u{e9}", "CAFE\u{301}", "caf\u{e9}"],
            &[
                "kelvin@example.com",
                "\u{212a}elvin@example.com",
                "KELVIN@EXAMPLE.COM",
            ],
            &[
                "\u{1f80}",
                "\u{1f88}",
                "\u{1f00}\u{3b9}",
                "\u{3b1}\u{345}\u{313}",
            ],
            &["\u{1e9b}\u{323}", "\u{1e69}", "S\u{307}\u{323}"],
            &["\u{fb03}", "FFI"],
        ] {
            let forms: Vec<_> = same.iter().map(|text| claim_form(text)).collect();
            assert!(forms.iter().all(|form| *form == forms[0]), "{forms:?}");
        }
        for (one, other) in [
            ("m\u{131}ke", "mike"),
            ("\u{130}stanbul", "istanbul"),
            ("é", "e"),
        ] {
            assert_ne!(claim_form(one), claim_form(other));
        }
    }

    /// Otherwise the owner of a value could not be found by what the index shows.
    #[test]
    fn the_form_of_a_form_is_itself_and_fits_a_key() {
        let every = ('\0'..=char::MAX).map(|c| format!("a{c}\u{301}{c}b"));
        let longest = [
            "\u{587}",
            "\u{958}",
            "\u{1d160}",
            "\u{fb2c}",
            "\u{23a}",
            "x",
        ];
        let longest = longest.map(|c| c.repeat(limits::NAME / c.len()));
        for text in every.chain(longest) {
            let form = claim_form(&text);
            assert_eq!(claim_form(&form), form, "{text:?}");
            assert!(form.len() <= limits::CLAIM_FORM, "{text:?}");
        }
    }

    #[test]
    fn a_form_that_is_too_long_is_a_digest_of_itself() {
        let note = "\u{1d160}".repeat(limits::NAME / 4);
        let other = format!("{}x", "\u{1d160}".repeat(limits::NAME / 4 - 1));
        assert_eq!(claim_form(&note).len(), 64);
        assert_ne!(claim_form(&note), claim_form(&other));
    }
}
