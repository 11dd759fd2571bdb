//! Encodes trusted certificates as a PKCS#12 file, the truststore format of Java.
//!
//! Certificates are not secret, so the file is neither encrypted nor authenticated. It opens with any password.
//!
//! Source: RFC 7292; the attribute that marks a certificate as trusted is `keytool`'s.

use der::asn1::{Any, BmpString, ContextSpecific, ObjectIdentifier, OctetString, SetOfVec};
use der::{Encode as _, EncodeValue, Result, TagMode, TagNumber, Tagged};
use tokio_rustls::rustls::pki_types::CertificateDer;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const CERTIFICATE_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const X509_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");
const FRIENDLY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.20");
const TRUSTED_KEY_USAGE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("2.16.840.1.113894.746875.1.1");
const ANY_EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// The version of PKCS#12.
const VERSION: u8 = 3;

/// Encodes a PKCS#12 file with these certificates. An array or a vector is encoded as a SEQUENCE.
///
/// # Errors
/// If a certificate is too long.
pub(super) fn truststore(certificates: &[CertificateDer<'_>]) -> Result<Vec<u8>> {
    let bags = (1..)
        .zip(certificates)
        .map(|(number, certificate)| bag(&format!("idouble-{number}"), certificate));
    let bags: Vec<Any> = bags.collect::<Result<_>>()?;
    let contents = [data(&bags.to_der()?)?].to_der()?;
    [Any::encode_from(&VERSION)?, data(&contents)?].to_der()
}

/// Encodes content without encryption.
fn data(bytes: &[u8]) -> Result<Any> {
    Any::encode_from(&[DATA.into(), explicit(OctetString::new(bytes)?)?])
}

fn bag(name: &str, certificate: &[u8]) -> Result<Any> {
    let value = [X509_CERTIFICATE.into(), explicit(OctetString::new(certificate)?)?];
    let attributes = SetOfVec::try_from([
        attribute(FRIENDLY_NAME, Any::encode_from(&BmpString::from_utf8(name)?)?)?,
        attribute(TRUSTED_KEY_USAGE, ANY_EXTENDED_KEY_USAGE.into())?,
    ])?;
    Any::encode_from(&[CERTIFICATE_BAG.into(), explicit(value)?, Any::encode_from(&attributes)?])
}

fn attribute(id: ObjectIdentifier, value: Any) -> Result<Any> {
    Any::encode_from(&[id.into(), Any::encode_from(&SetOfVec::try_from([value])?)?])
}

/// Encodes a value with the explicit tag `[0]`.
fn explicit(value: impl EncodeValue + Tagged) -> Result<Any> {
    let (tag_number, tag_mode) = (TagNumber(0), TagMode::Explicit);
    Any::encode_from(&ContextSpecific { tag_number, tag_mode, value })
}
