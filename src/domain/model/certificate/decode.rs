//! Decodes the DER of a certificate.
//!
//! Source: RFC 5280 §4.1.

use der::asn1::{
    AnyRef, BitStringRef, GeneralizedTime, IntRef, ObjectIdentifier, OctetStringRef, UtcTime,
};
use der::{
    Decode as _, Error, ErrorKind, Reader as _, Result, SliceReader, Tag, TagMode, TagNumber,
};

use super::distinguished_name::distinguished_name;
use super::{Certificate, Timestamp};

/// The number of the last version, v3.
const VERSION_MAX: u8 = 2;
/// The maximum length of a serial number. RFC 5280 allows 20 bytes; some issuers do not count the byte of
/// the sign.
const SERIAL_BYTES_MAX: usize = 21;

/// Decodes a certificate. Extensions and signature must be well formed, but are not read.
pub(super) fn certificate(der: &[u8]) -> Result<Certificate> {
    let mut reader = SliceReader::new(der)?;
    let (signed, signature_algorithm) = reader.sequence(|certificate| {
        let signed = certificate.tlv_bytes()?;
        let algorithm = algorithm(certificate)?;
        BitStringRef::decode(certificate)?;
        Ok::<_, Error>((signed, algorithm))
    })?;
    reader.finish()?;
    SliceReader::new(signed)?.sequence(|signed| {
        let version = version(signed)?;
        let serial = serial(signed)?;
        algorithm(signed)?;
        let issuer = distinguished_name(signed)?;
        let (not_before, not_after) =
            signed.sequence(|validity| Ok::<_, Error>((time(validity)?, time(validity)?)))?;
        let subject = distinguished_name(signed)?;
        let public_key = public_key(signed)?;
        for unique_id in [TagNumber(1), TagNumber(2)] {
            signed.context_specific::<BitStringRef<'_>>(unique_id, TagMode::Implicit)?;
        }
        extensions(signed)?;
        Ok(Certificate {
            der: der.to_vec(),
            version,
            serial,
            subject,
            issuer,
            not_before,
            not_after,
            public_key,
            signature_algorithm: signature_algorithm.to_string(),
            pem: Certificate::encode_pem(der),
        })
    })
}

fn version(reader: &mut SliceReader<'_>) -> Result<i64> {
    let number = reader.context_specific::<u8>(TagNumber(0), TagMode::Explicit)?.unwrap_or(0);
    if number > VERSION_MAX {
        return Err(reader.error(Tag::Integer.value_error()));
    }
    Ok(i64::from(number) + 1)
}

fn serial(reader: &mut SliceReader<'_>) -> Result<Vec<u8>> {
    let serial = IntRef::decode(reader)?.as_bytes();
    if serial.len() > SERIAL_BYTES_MAX {
        return Err(reader.error(ErrorKind::Overlength));
    }
    Ok(serial.to_vec())
}

/// Skips the extensions.
fn extensions(reader: &mut SliceReader<'_>) -> Result<()> {
    let extensions = reader.context_specific::<Vec<AnyRef<'_>>>(TagNumber(3), TagMode::Explicit)?;
    for extension in extensions.unwrap_or_default() {
        extension.sequence(|extension| {
            let _id: ObjectIdentifier = extension.decode()?;
            let _is_critical = Option::<bool>::decode(extension)?;
            <&OctetStringRef>::decode(extension).map(drop)
        })?;
    }
    Ok(())
}

/// Decodes an algorithm with optional parameters, and returns its OID.
fn algorithm(reader: &mut SliceReader<'_>) -> Result<ObjectIdentifier> {
    reader.sequence(|algorithm| {
        let oid = ObjectIdentifier::decode(algorithm)?;
        Option::<AnyRef<'_>>::decode(algorithm)?;
        Ok(oid)
    })
}

fn time(reader: &mut SliceReader<'_>) -> Result<Timestamp> {
    let time = match Tag::peek(reader)? {
        Tag::UtcTime => UtcTime::decode(reader)?.to_unix_duration(),
        _ => GeneralizedTime::decode(reader)?.to_unix_duration(),
    };
    Ok(Timestamp(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)))
}

/// Returns the DER of a public key.
fn public_key(reader: &mut SliceReader<'_>) -> Result<Vec<u8>> {
    let der = reader.tlv_bytes()?;
    SliceReader::new(der)?.sequence(|key| {
        algorithm(key)?;
        BitStringRef::decode(key)
    })?;
    Ok(der.to_vec())
}
