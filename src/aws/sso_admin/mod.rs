//! IAM Identity Center's administration: instances, permission sets and account assignments.

pub mod arn;
mod limits;
mod requests;
pub mod responses;
mod routes;

pub use routes::ROUTES;
