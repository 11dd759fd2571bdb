//! Ids generated from a seed: the n-th id of a kind is the same in every run.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::random::{draw, draw_wide};

/// The ids of requests. Each request changes the counter, so it has a cache line of its own: other threads keep their
/// copies of the values beside it.
#[derive(Debug)]
#[repr(align(128))]
pub struct RequestIds {
    seed: u64,
    next: AtomicU64,
}

impl RequestIds {
    /// Starts with the first id of a seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(0) }
    }

    /// The id of the next request. Each dialect writes the 128 bits in its own form.
    pub fn next(&self) -> u128 {
        draw_wide(self.seed, "request", self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Starts with the first id again.
    pub fn reset(&self) {
        self.next.store(0, Ordering::Relaxed);
    }
}

/// The `n`-th UUID of `key`, in the form of AWS's resource ids: its third group starts with `70`.
/// Source: docs/aws-behaviour.md §8.
pub fn uuid(seed: u64, key: &str, n: u64) -> String {
    // The last two digits of the third group are pseudorandom, and all but two bits of the fourth.
    const DRAWN: u128 = 0xffff_ffff_ffff_00ff_3fff_ffff_ffff_ffff;
    const FIXED: u128 = 0x0000_0000_0000_7000_8000_0000_0000_0000;
    Uuid::from_u128(draw_wide(seed, key, n) & DRAWN | FIXED).to_string()
}

/// The id of the `n`-th store of a seed. Source: AWS IdentityStoreId, `d-[0-9a-f]{10}`.
pub fn store_id(seed: u64, n: u64) -> String {
    format!("d-{:010x}", draw(seed, "identity store", n) >> 24)
}

/// Whether [`store_id`] returns ids of this form.
pub fn is_minted_store_id(id: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let digits = id.strip_prefix("d-");
    digits.is_some_and(|digits| digits.len() == 10 && digits.bytes().all(is_digit))
}

/// The SCIM tenant of a store, as AWS writes it: a UUID with three more letters and digits.
/// Source: the example endpoints in AWS's user guide. Their tenants start with 8 to 11 letters and digits.
pub fn aws_tenant_id(seed: u64, store: &str) -> String {
    const DIGITS: &[u8] = b"ghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut bits = draw(seed, store, 1);
    let mut prefix = String::with_capacity(3);
    for _ in 0..3 {
        let at = usize::try_from(bits % DIGITS.len() as u64).unwrap_or(0);
        prefix.push(char::from(DIGITS[at]));
        bits /= DIGITS.len() as u64;
    }
    prefix + &Uuid::from_u128(draw_wide(seed, store, 2)).to_string()
}

/// The SCIM tenant of a store that follows the RFCs.
pub fn rfc_tenant_id(seed: u64, store: &str) -> String {
    format!("rfc-{}", Uuid::from_u128(draw_wide(seed, store, 3)))
}

/// The owner of the tenant that an id names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TenantKind {
    /// A store's own, which is served as AWS's.
    Aws,
    /// A store's own, which follows the RFCs.
    Rfc,
    /// One that a store has issued, as Huawei does.
    Issued,
}

impl TenantKind {
    /// The kind of a tenant's id, by its form.
    pub fn of_id(id: &str) -> Self {
        const UUID_BYTES: usize = 36;
        match id.len().checked_sub(UUID_BYTES) {
            Some(3) if id.as_bytes()[..3].iter().all(u8::is_ascii_alphanumeric) => Self::Aws,
            Some(4) if id.starts_with("rfc-") => Self::Rfc,
            _ => Self::Issued,
        }
    }
}

/// The token of AWS's SCIM tenants, if no other is set. Source: the template of ssosync, which accepts
/// 500 to 620 characters.
pub fn scim_token(seed: u64) -> String {
    (0..16).map(|n| format!("{:032x}", draw_wide(seed, "scim token", n))).collect()
}

/// An id that takes 16 bytes if it is a UUID in lower case, as nearly all ids are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum CompactId {
    Uuid(Uuid),
    /// Any other text.
    Text(Arc<str>),
}

impl CompactId {
    /// The id as text.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Uuid(uuid) => uuid.to_string().into(),
            Self::Text(text) => (&**text).into(),
        }
    }
}

impl PartialEq<str> for CompactId {
    fn eq(&self, text: &str) -> bool {
        match self {
            Self::Uuid(uuid) => parse_lower_case(text).as_ref() == Some(uuid),
            Self::Text(own) => **own == *text,
        }
    }
}

impl From<&str> for CompactId {
    fn from(text: &str) -> Self {
        parse_lower_case(text).map_or_else(|| Self::Text(text.into()), Self::Uuid)
    }
}

/// Parses a UUID that is printed as the same text.
fn parse_lower_case(text: &str) -> Option<Uuid> {
    let uuid = Uuid::try_parse(text).ok()?;
    let mut buffer = Uuid::encode_buffer();
    (uuid.hyphenated().encode_lower(&mut buffer) == text).then_some(uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_differ_by_seed_key_and_number_only() {
        assert_eq!(uuid(7, "user", 1), uuid(7, "user", 1));
        assert_ne!(uuid(7, "user", 1), uuid(8, "user", 1));
        assert_ne!(uuid(7, "user", 1), uuid(7, "group", 1));
        assert_ne!(uuid(7, "user", 1), uuid(7, "user", 2));
        assert_eq!(uuid(7, "user", 1).len(), 36);
        assert_eq!(&uuid(7, "user", 1)[14..16], "70");
    }

    #[test]
    fn compact_id_gives_back_the_same_text() {
        let plain = uuid(7, "user", 1);
        assert!(matches!(CompactId::from(plain.as_str()), CompactId::Uuid(_)));
        let texts = [
            plain.clone(),
            plain.to_uppercase(),
            format!("926703446b-{plain}"),
            plain.replace('-', ""),
            format!("{{{plain}}}"),
            format!("urn:uuid:{plain}"),
            plain.replacen('-', "_", 1),
            "-".repeat(36),
            String::new(),
        ];
        for text in &texts {
            let id = CompactId::from(text.as_str());
            assert_eq!(id.text(), *text);
            assert!(id == **text && id != *"x" && id != *uuid(7, "user", 2));
        }
    }
}
