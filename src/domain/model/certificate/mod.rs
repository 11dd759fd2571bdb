//! X.509 certificates: parsed from PEM, or generated for a service provider.
//!
//! Signatures are neither created nor verified.

mod decode;
mod distinguished_name;
mod generate;

use base64ct::{Base64, Encoding};

use super::meta::Timestamp;

/// A certificate and its main fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    /// The certificate in DER.
    pub der: Vec<u8>,
    /// The version: 3 for X.509 v3.
    pub version: i64,
    /// The serial number, big-endian.
    pub serial: Vec<u8>,
    /// The subject, as in RFC 4514.
    pub subject: String,
    /// The issuer, as in RFC 4514.
    pub issuer: String,
    /// The start of its validity.
    pub not_before: Timestamp,
    /// The end of its validity.
    pub not_after: Timestamp,
    /// The public key with its algorithm, in DER.
    pub public_key: Vec<u8>,
    /// The algorithm of the signature, as a dotted OID.
    pub signature_algorithm: String,
    pem: String,
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// The number of characters of a line of PEM. Source: RFC 7468 §2.
const LINE: usize = 64;

impl Certificate {
    /// Parses exactly one certificate in PEM. Text around it and other line breaks are accepted, because
    /// pasted certificates often have both.
    pub fn from_pem(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once(BEGIN)?;
        let (inner, rest) = rest.split_once(END)?;
        if rest.contains(BEGIN) {
            return None;
        }
        Some(Self { pem: text.to_owned(), ..Self::from_base64(inner)? })
    }

    /// Parses a certificate from the base64 of its DER and ignores white space, as in SAML metadata.
    pub fn from_base64(text: &str) -> Option<Self> {
        let dense: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        Self::from_der(&Base64::decode_vec(&dense).ok()?)
    }

    /// Parses a certificate from its DER.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        decode::certificate(der).ok()
    }

    /// The certificate in PEM: the text that it was parsed from, or else lines of 64 characters with a
    /// line feed at the end.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Encodes the DER of a certificate as PEM, in lines of 64 characters with a line feed at the end.
    pub fn encode_pem(der: &[u8]) -> String {
        let base64 = Base64::encode_string(der);
        let mut text = format!("{BEGIN}\n");
        for line in base64.as_bytes().chunks(LINE) {
            text.extend(line.iter().copied().map(char::from));
            text.push('\n');
        }
        text + END + "\n"
    }

    /// The base64 of the DER, on one line.
    pub fn base64(&self) -> String {
        Base64::encode_string(&self.der)
    }

    /// The base64 of the public key's DER.
    pub fn public_key_base64(&self) -> String {
        Base64::encode_string(&self.public_key)
    }

    /// Whether the certificate has expired.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.not_after <= now
    }

    /// Generates a self-issued certificate of `name`. The key and the signature are numbers from `bits`:
    /// no private key exists, and nothing is signed.
    pub fn generate(
        name: &str,
        not_before: Timestamp,
        not_after: Timestamp,
        bits: impl FnMut() -> u64,
    ) -> Option<Self> {
        Self::from_der(&generate::certificate(name, not_before, not_after, bits).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::domain::draw;

    /// Has names with all types of text, made by Python's `cryptography`.
    const NAMES: &str = include_str!("../../../../tests/vectors/certificate_names.pem");

    fn certificate(until_ms: i64) -> Certificate {
        let mut n = 0;
        let bits = || {
            n += 1;
            draw(7, "certificate", n)
        };
        let (from, until) = (Timestamp(1_767_323_045_000), Timestamp(until_ms));
        Certificate::generate("d-1234567890", from, until, bits).expect("a certificate")
    }

    #[test]
    fn generated_certificates_are_parsed() {
        for until in [1_925_003_045_000, 4_102_444_800_000] {
            let generated = certificate(until);
            assert_eq!((generated.version, generated.serial.len()), (3, 16));
            assert_eq!(
                (generated.subject.as_str(), generated.issuer.as_str()),
                ("CN=d-1234567890", "CN=d-1234567890")
            );
            assert_eq!((generated.not_before.0, generated.not_after.0), (1_767_323_045_000, until));
            assert_eq!(generated.signature_algorithm, "1.2.840.113549.1.1.11");
            assert_eq!(Certificate::from_pem(generated.pem()).as_ref(), Some(&generated));
            assert_eq!(Certificate::from_base64(&generated.base64()), Some(generated));
        }
    }

    #[test]
    fn generated_certificates_are_stable() {
        let digest = Sha256::digest(certificate(4_102_444_800_000).der);
        assert_eq!(Base64::encode_string(&digest), "F3TCzPYJJJBZmOJOFq5fjdlykb/oSSVYDOVN2qxd9Wo=");
    }

    #[test]
    fn from_pem_reads_all_fields() {
        let found = Certificate::from_pem(NAMES).expect("a certificate");
        assert_eq!(found.version, 3);
        let half = [0xed, 0xcb, 0xa9, 0x87, 0x65, 0x43, 0x21];
        assert_eq!(found.serial, [&[0x0f], &half[..], &[0x0f], &half[..], &[0x00]].concat());
        assert_eq!((found.not_before.0, found.not_after.0), (946_684_799_000, 2_524_608_000_000));
        assert_eq!(found.signature_algorithm, "1.3.101.112");
        let key = "MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
        assert_eq!(found.public_key_base64(), key);
    }

    #[test]
    fn names_are_formatted_as_in_rfc_4514() {
        let found = Certificate::from_pem(NAMES).expect("a certificate");
        let subject = [
            "ST=Bayern",
            "2.5.4.7=#1e08004b00f6006c006e",
            "STREET=Main St.",
            r"UID=\ x\09y\7f",
            "SERIALNUMBER=12 34",
            "EMAIL=a@example.com",
            "DC=example",
            r"OU=Sales+CN=\#J. Smith\ ",
            r#"O=Müller\, Söhne \+ \"Co\"\; \<x\> \\ #1"#,
            "C=DE",
        ];
        assert_eq!(found.subject, subject.join(","));
        let issuer = [
            "2.5.4.3=#1405636166c3a9",
            "2.5.4.3=#1203313233",
            "2.5.4.3=#1a0776697369626c65",
            "1.2.3.4.5=#0c07756e6b6e6f776e",
            "2.5.4.97=#0c0756415444452d31",
            "POSTALCODE=1",
            "BUSINESSCATEGORY=b",
            "1.3.6.1.4.1.311.60.2.1.3=#13025553",
            "INITIALS=A",
            "GENERATIONQUALIFIER=III",
            "DNQUALIFIER=q",
            "PSEUDONYM=p",
            "TITLE=Dr",
            "SN=Lee",
            "GN=Ann",
        ];
        assert_eq!(found.issuer, issuer.join(","));
    }

    #[test]
    fn from_der_rejects_malformed_certificates() {
        let der = Certificate::from_pem(NAMES).expect("a certificate").der;
        for len in 0..der.len() {
            assert_eq!(Certificate::from_der(&der[..len]), None, "cut to {len} bytes");
        }
        assert_eq!(Certificate::from_der(&[&der[..], &[0]].concat()), None, "a byte follows");
        // The tags up to the first OID, and their lengths.
        let tags = [0, 4, 8, 10, 13, 32, 34];
        for at in tags.into_iter().flat_map(|tag| [tag, tag + 1]) {
            let mut odd = der.clone();
            odd[at] ^= 0x01;
            assert_eq!(Certificate::from_der(&odd), None, "byte {at}");
        }
        for length in [[0x80; 9], [0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]] {
            let odd = [&der[..1], &length[..], &der[4..]].concat();
            assert_eq!(Certificate::from_der(&odd), None, "{length:02x?}");
        }
    }

    #[test]
    fn from_pem_rejects_invalid_certificates() {
        let pem = certificate(1_925_003_045_000).pem().to_owned();
        let pasted = format!("subject=CN = x\n{}", pem.replace('\n', "\r\n"));
        let one_line = pem.replace('\n', "");
        for text in [&pasted, &one_line] {
            let found = Certificate::from_pem(text).expect("a certificate");
            assert_eq!(found.pem(), text, "the text is unchanged");
        }
        for odd in ["", "text", &format!("{pem}{pem}"), &pem.replace("CERTIFICATE", "PUBLIC KEY")] {
            assert_eq!(Certificate::from_pem(odd), None, "{odd}");
        }
        assert_eq!(Certificate::from_pem(&pem.replacen("MII", "MIJ", 1)), None);
        assert_eq!(Certificate::from_pem(&format!("{BEGIN}\naGVsbG8=\n{END}")), None);
    }
}
