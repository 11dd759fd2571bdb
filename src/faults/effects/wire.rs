//! `wire`: the client gets no response, and the connection ends. One row per effect.
//!
//! The operation does not run unless `commit` is set, or `cut` sends a part of its response.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::form::{deserialize_name, unknown_name};
use super::{FaultedResponse, SentPart, Tail};

/// An effect on the connection.
#[derive(PartialEq, Eq, Debug)]
pub struct WireEffect {
    /// Its name in `do` and `wire`.
    pub name: &'static str,
    /// What the client sees.
    pub description: &'static str,
    /// How the connection ends.
    pub tail: Tail,
}

/// Every effect on the connection.
pub static WIRE_EFFECTS: &[WireEffect] = &[
    WireEffect { name: "reset", description: "the connection is reset (RST)", tail: Tail::Reset },
    WireEffect {
        name: "close",
        description: "the connection is closed (FIN) without a response",
        tail: Tail::Close,
    },
    WireEffect {
        name: "hang",
        description: "no response comes; the connection stays open",
        tail: Tail::Hang,
    },
    WireEffect {
        name: "garbage",
        description: "bytes that are not HTTP come, then the connection is closed",
        tail: Tail::Bytes(GARBAGE),
    },
];

/// Neither text nor HTTP, so that no client reads it as the start of a response. Constant, so that the
/// same requests get the same bytes.
const GARBAGE: &[u8] = b"\x00\xff\xfe\x15\x03\x01garbage\x80\xc0\r\n\r\n\x1b[0m\xf5\x00";

impl WireEffect {
    /// The effect of that name.
    ///
    /// # Errors
    /// There is none; the message lists them.
    pub fn find(name: &str) -> Result<&'static Self, String> {
        let found = WIRE_EFFECTS.iter().find(|effect| effect.name == name);
        found.ok_or_else(|| unknown_name("wire effect", name, &Self::names().collect::<Vec<_>>()))
    }

    /// The names of all.
    pub fn names() -> impl Iterator<Item = &'static str> {
        WIRE_EFFECTS.iter().map(|effect| effect.name)
    }

    /// Ends the connection. Nothing is sent, unless `cut` has chosen a part.
    pub fn apply(&self, faulted: &mut FaultedResponse) {
        if faulted.sent == SentPart::Whole {
            faulted.sent = SentPart::Nothing;
        }
        faulted.tail = self.tail;
    }
}

impl<'de> Deserialize<'de> for &'static WireEffect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_name(deserializer, "an effect on the connection", WireEffect::find)
    }
}

impl Serialize for WireEffect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl JsonSchema for WireEffect {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "WireEffect".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": WireEffect::names().collect::<Vec<_>>() })
    }
}
