//! Encodes the parts of a certificate that several responses contain.

/// Signature algorithms by OID. Assumed: the names are those of Java.
const ALGORITHMS: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.5", "SHA1withRSA"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "SHA256withRSA"),
    ("1.2.840.113549.1.1.12", "SHA384withRSA"),
    ("1.2.840.113549.1.1.13", "SHA512withRSA"),
    ("1.2.840.10045.4.3.2", "SHA256withECDSA"),
    ("1.2.840.10045.4.3.3", "SHA384withECDSA"),
    ("1.2.840.10045.4.3.4", "SHA512withECDSA"),
    ("1.2.156.10197.1.501", "SM3withSM2"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];

/// The name of an algorithm, or its OID if the name is unknown.
pub fn algorithm(oid: &str) -> &str {
    ALGORITHMS.iter().find(|(known, _)| *known == oid).map_or(oid, |(_, name)| name)
}

/// Formats a big-endian number in decimal.
pub fn decimal(bytes: &[u8]) -> String {
    let mut rest = bytes.to_vec();
    let mut digits = Vec::new();
    while rest.iter().any(|byte| *byte != 0) {
        let mut carry = 0_u32;
        for byte in &mut rest {
            let value = carry * 256 + u32::from(*byte);
            carry = value % 10;
            *byte = u8::try_from(value / 10).unwrap_or(0);
        }
        digits.push(char::from_digit(carry, 10).unwrap_or('0'));
    }
    if digits.is_empty() {
        digits.push('0');
    }
    digits.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn serial_numbers_are_written_in_decimal() {
        assert_eq!(decimal(&[0]), "0");
        assert_eq!(decimal(&[1, 0]), "256");
        assert_eq!(decimal(&[0xff; 9]), "4722366482869645213695");
    }
}
