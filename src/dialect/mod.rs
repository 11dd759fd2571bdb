//! What all dialects share: routes, the cursor over a request, limits, shapes, JSON in and out.
//!
//! Knows the domain, and no vendor.

pub mod args;
pub mod asked;
pub mod cursor;
pub mod dialect;
pub mod json;
pub mod limit;
pub mod schema;
pub mod shape;

pub use args::{Args, Notes, Place};
pub use asked::Asked;
pub use dialect::{
    AnswerSchemas, CloudExportFormat, Dialect, ErrorSpelling, Head, Matched, Reply, Request,
    Response, Route, Stamps, Subject, route,
};
pub use json::Object;
pub use limit::{Limit, limit};
pub use shape::{Keys, Member, MemberKind, Nulls, Resolved, Rules, Shape, Unknown, shape};
