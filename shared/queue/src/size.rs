//! The size of a message.

use aws_sdk_sqs::types::MessageAttributeValue;

/// Returns the size of a message that counts against the limits of SQS, in bytes: its body, and the
/// name, type and value of each attribute (SQS Developer Guide, "Amazon SQS message metadata").
pub fn message_bytes<'a>(
    body: &str,
    attributes: impl IntoIterator<Item = (&'a String, &'a MessageAttributeValue)>,
) -> usize {
    let attribute = |(name, value): (&String, &MessageAttributeValue)| {
        let text = value.string_value().map_or(0, str::len);
        let binary = value.binary_value().map_or(0, |blob| blob.as_ref().len());
        name.len() + value.data_type().len() + text + binary
    };
    body.len() + attributes.into_iter().map(attribute).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::primitives::Blob;

    use super::*;

    #[test]
    fn names_types_and_values_of_attributes_are_included() {
        let value = || MessageAttributeValue::builder().data_type("String");
        let text = value().string_value("four").build().unwrap();
        let binary = value().binary_value(Blob::new([0; 5])).build().unwrap();
        let attributes = [("a".to_owned(), text), ("bc".to_owned(), binary)];
        let attributes = attributes.iter().map(|(name, value)| (name, value));
        assert_eq!(
            message_bytes("body", attributes),
            4 + (1 + 6 + 4) + (2 + 6 + 5)
        );
        assert_eq!(message_bytes("é", []), 2);
    }
}
