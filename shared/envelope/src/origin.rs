//! Determines where an event comes from.

use roster_domain::{Found, Origin, OriginPart, Reason, Refusal};

use crate::attribute::{AttributeText, KnownAttributes, in_notification, name_of};
use crate::envelope::Envelope;

/// Returns what a message states about the origin of its event. For each part, the first of these
/// applies: the envelope's own field; the attribute of the SQS message; that of the SNS notification.
pub fn stated(
    envelope: &Envelope<'_>,
    attributes: &KnownAttributes<'_>,
) -> Result<Origin, Refusal> {
    let mut origin = Origin::of_envelope(envelope.name());
    for part in OriginPart::ALL {
        if let Some((object, field)) = envelope.origin(part) {
            let text = object.text(&field)?;
            let set = origin.set(part, &text);
            set.map_err(|invalid| object.invalid(&field, invalid))?;
        } else if let Some(attribute) = attributes.origin(part) {
            of_attribute(&mut origin, part, attribute)?;
        } else if let Some(attribute) = in_notification(envelope, name_of(part))? {
            let set = origin.set(part, &attribute.text("Value")?);
            set.map_err(|invalid| attribute.invalid("Value", invalid))?;
        }
    }
    Ok(origin)
}

fn of_attribute(
    origin: &mut Origin,
    part: OriginPart,
    attribute: AttributeText<'_>,
) -> Result<(), Refusal> {
    let refused = |reason, found, expected| Refusal {
        reason,
        path: format!("messageAttributes.{}", name_of(part)),
        found,
        expected,
    };
    match attribute {
        AttributeText::Text(text) => {
            let set = origin.set(part, text);
            set.map_err(|invalid| refused(invalid.reason, invalid.found, invalid.expected))
        }
        AttributeText::Binary => Err(refused(
            Reason::WrongType,
            Found::Binary,
            "an attribute of type String",
        )),
    }
}
