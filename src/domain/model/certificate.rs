//! X.509 certificates: parsed from PEM, or generated for a service provider.
//!
//! Signatures are neither created nor verified.

use base64ct::{Base64, Encoding};
use x509_cert::der::{DateTime, Decode, Encode};

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
        Self::from_der(Base64::decode_vec(&dense).ok()?)
    }

    /// Parses a certificate from its DER.
    pub fn from_der(der: Vec<u8>) -> Option<Self> {
        let parsed = x509_cert::Certificate::from_der(&der).ok()?;
        let signed = parsed.tbs_certificate();
        let at = |time: &x509_cert::time::Time| {
            let since = time.to_unix_duration().as_millis();
            Timestamp(i64::try_from(since).unwrap_or(i64::MAX))
        };
        Some(Self {
            version: signed.version() as i64 + 1,
            serial: signed.serial_number().as_bytes().to_vec(),
            subject: signed.subject().to_string(),
            issuer: signed.issuer().to_string(),
            not_before: at(&signed.validity().not_before),
            not_after: at(&signed.validity().not_after),
            public_key: signed.subject_public_key_info().to_der().ok()?,
            signature_algorithm: parsed.signature_algorithm().oid.to_string(),
            pem: Self::encode_pem(&der),
            der,
        })
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
        Self::from_der(der::certificate(name, not_before, not_after, bits))
    }
}

/// Writes the DER of a certificate.
mod der {
    use std::time::Duration;

    use super::{DateTime, Timestamp};

    const INTEGER: u8 = 0x02;
    const BIT_STRING: u8 = 0x03;
    const NULL: u8 = 0x05;
    const OID: u8 = 0x06;
    const UTF8: u8 = 0x0c;
    const UTC_TIME: u8 = 0x17;
    const GENERAL_TIME: u8 = 0x18;
    const SEQUENCE: u8 = 0x30;
    const SET: u8 = 0x31;
    /// The explicit tag of the version, `[0]`.
    const VERSION: u8 = 0xa0;

    /// 1.2.840.113549.1.1.1, rsaEncryption.
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    /// 1.2.840.113549.1.1.11, sha256WithRSAEncryption.
    const SHA256_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
    /// 2.5.4.3, commonName.
    const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    /// 65,537, the exponent of nearly every RSA key.
    const EXPONENT: &[u8] = &[0x01, 0x00, 0x01];
    /// The number of bytes of a 2,048-bit number.
    const KEY_BYTES: usize = 256;

    pub(super) fn certificate(
        name: &str,
        not_before: Timestamp,
        not_after: Timestamp,
        mut bits: impl FnMut() -> u64,
    ) -> Vec<u8> {
        let mut number = |len: usize| {
            let words = (0..len.div_ceil(8)).flat_map(|_| bits().to_be_bytes());
            words.take(len).collect::<Vec<u8>>()
        };
        // A first byte from 64 to 127 makes the number positive and not zero.
        let mut serial = number(16);
        serial[0] = serial[0] & 0x3f | 0x40;
        // The modulus has the full length and is odd, as a product of primes is. A zero byte in front
        // makes it positive.
        let mut modulus = number(KEY_BYTES);
        modulus[0] |= 0x80;
        modulus[KEY_BYTES - 1] |= 1;
        modulus.insert(0, 0);
        let signature = number(KEY_BYTES);

        let name = [tlv(OID, &[COMMON_NAME]), tlv(UTF8, &[name.as_bytes()])].concat();
        let name = tlv(SEQUENCE, &[&tlv(SET, &[&tlv(SEQUENCE, &[&name])])]);
        let validity = tlv(SEQUENCE, &[&time(not_before), &time(not_after)]);
        let key = tlv(SEQUENCE, &[&tlv(INTEGER, &[&modulus]), &tlv(INTEGER, &[EXPONENT])]);
        let key = tlv(SEQUENCE, &[&algorithm(RSA), &tlv(BIT_STRING, &[&[0], &key])]);
        let signed = tlv(
            SEQUENCE,
            &[
                &tlv(VERSION, &[&tlv(INTEGER, &[&[2]])]),
                &tlv(INTEGER, &[&serial]),
                &algorithm(SHA256_RSA),
                &name,
                &validity,
                &name,
                &key,
            ],
        );
        let signature = tlv(BIT_STRING, &[&[0], &signature]);
        tlv(SEQUENCE, &[&signed, &algorithm(SHA256_RSA), &signature])
    }

    fn algorithm(oid: &[u8]) -> Vec<u8> {
        tlv(SEQUENCE, &[&tlv(OID, &[oid]), &tlv(NULL, &[])])
    }

    /// Writes a time in whole seconds; up to 2049 with two digits for the year, as RFC 5280 §4.1.2.5
    /// requires.
    fn time(at: Timestamp) -> Vec<u8> {
        let since = Duration::from_millis(u64::try_from(at.0).unwrap_or(0));
        let at = DateTime::from_unix_duration(since).unwrap_or(DateTime::INFINITY);
        let rest = format!(
            "{:02}{:02}{:02}{:02}{:02}Z",
            at.month(),
            at.day(),
            at.hour(),
            at.minutes(),
            at.seconds()
        );
        let (tag, year) = match at.year() {
            year @ 1950..2050 => (UTC_TIME, format!("{:02}", year % 100)),
            year => (GENERAL_TIME, format!("{year:04}")),
        };
        tlv(tag, &[year.as_bytes(), rest.as_bytes()])
    }

    /// Tag, length, value.
    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let value = parts.concat();
        let len = value.len().to_be_bytes();
        let zeros = len.iter().take_while(|byte| **byte == 0).count();
        let len = &len[zeros..];
        let mut bytes = vec![tag];
        match value.len() {
            short @ 0..0x80 => bytes.push(u8::try_from(short).unwrap_or(0)),
            _ => {
                bytes.push(0x80 | u8::try_from(len.len()).unwrap_or(0));
                bytes.extend_from_slice(len);
            }
        }
        bytes.extend(value);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::domain::draw;

    /// Has names with all types of text, made by Python's `cryptography`.
    const NAMES: &str = include_str!("../../../tests/vectors/certificate_names.pem");

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
            let made = certificate(until);
            assert_eq!((made.version, made.serial.len()), (3, 16));
            assert_eq!(
                (made.subject.as_str(), made.issuer.as_str()),
                ("CN=d-1234567890", "CN=d-1234567890")
            );
            assert_eq!((made.not_before.0, made.not_after.0), (1_767_323_045_000, until));
            assert_eq!(made.signature_algorithm, "1.2.840.113549.1.1.11");
            assert_eq!(Certificate::from_pem(made.pem()).as_ref(), Some(&made));
            assert_eq!(Certificate::from_base64(&made.base64()), Some(made));
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
            assert_eq!(Certificate::from_der(der[..len].to_vec()), None, "cut to {len} bytes");
        }
        assert_eq!(Certificate::from_der([&der[..], &[0]].concat()), None, "a byte follows");
        // The tags up to the first OID, and their lengths.
        let tags = [0, 4, 8, 10, 13, 32, 34];
        for at in tags.into_iter().flat_map(|tag| [tag, tag + 1]) {
            let mut odd = der.clone();
            odd[at] ^= 0x01;
            assert_eq!(Certificate::from_der(odd), None, "byte {at}");
        }
        for length in [[0x80; 9], [0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]] {
            let odd = [&der[..1], &length[..], &der[4..]].concat();
            assert_eq!(Certificate::from_der(odd), None, "{length:02x?}");
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
