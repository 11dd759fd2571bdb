//! Encodes the DER of a certificate that no key signs.

use std::time::Duration;

use const_oid::db::{rfc4519::COMMON_NAME, rfc5912};
use der::asn1::{
    Any, BitStringRef, ContextSpecific, GeneralizedTime, Null, ObjectIdentifier, SetOfVec, UintRef,
    UtcTime, Utf8StringRef,
};
use der::{DateTime, Encode as _, Result, TagMode, TagNumber};

use super::Timestamp;

/// The number of v3.
const VERSION: u8 = 2;
/// 65,537, the exponent of nearly every RSA key.
const EXPONENT: u32 = 65_537;
/// The number of bytes of a 2,048-bit number.
const KEY_BYTES: usize = 256;

/// Encodes a self-issued certificate of `name`. An array is encoded as a SEQUENCE.
///
/// # Errors
/// If `name` is too long.
pub(super) fn certificate(
    name: &str,
    not_before: Timestamp,
    not_after: Timestamp,
    mut bits: impl FnMut() -> u64,
) -> Result<Vec<u8>> {
    let mut number = |len: usize| {
        let words = (0..len.div_ceil(8)).flat_map(|_| bits().to_be_bytes());
        words.take(len).collect::<Vec<u8>>()
    };
    // A first byte from 64 to 127 makes the number positive and not zero.
    let mut serial = number(16);
    serial[0] = serial[0] & 0x3f | 0x40;
    // The modulus has the full length and is odd, as a product of primes is.
    let mut modulus = number(KEY_BYTES);
    modulus[0] |= 0x80;
    modulus[KEY_BYTES - 1] |= 1;
    let signature = number(KEY_BYTES);

    let version =
        ContextSpecific { tag_number: TagNumber(0), tag_mode: TagMode::Explicit, value: VERSION };
    let common_name =
        Any::encode_from(&[COMMON_NAME.into(), Any::encode_from(&Utf8StringRef::new(name)?)?])?;
    let name = Any::encode_from(&[SetOfVec::try_from([common_name])?])?;
    let key =
        [Any::encode_from(&UintRef::new(&modulus)?)?, Any::encode_from(&EXPONENT)?].to_der()?;
    let signed = Any::encode_from(&[
        Any::encode_from(&version)?,
        Any::encode_from(&UintRef::new(&serial)?)?,
        algorithm(rfc5912::SHA_256_WITH_RSA_ENCRYPTION)?,
        name.clone(),
        Any::encode_from(&[time(not_before)?, time(not_after)?])?,
        name,
        Any::encode_from(&[algorithm(rfc5912::RSA_ENCRYPTION)?, bit_string(&key)?])?,
    ])?;
    [signed, algorithm(rfc5912::SHA_256_WITH_RSA_ENCRYPTION)?, bit_string(&signature)?].to_der()
}

fn algorithm(oid: ObjectIdentifier) -> Result<Any> {
    Any::encode_from(&[oid.into(), Any::encode_from(&Null)?])
}

fn bit_string(bytes: &[u8]) -> Result<Any> {
    Any::encode_from(&BitStringRef::from_bytes(bytes)?)
}

/// Encodes a time in whole seconds; up to 2049 with two digits for the year, as RFC 5280 §4.1.2.5
/// requires.
fn time(at: Timestamp) -> Result<Any> {
    let since = Duration::from_millis(u64::try_from(at.0).unwrap_or(0));
    let at = DateTime::from_unix_duration(since).unwrap_or(DateTime::INFINITY);
    match UtcTime::from_date_time(at) {
        Ok(time) => Any::encode_from(&time),
        Err(_) => Any::encode_from(&GeneralizedTime::from_date_time(at)),
    }
}
