//! Replaces `metrics` in a build without the feature `metrics`: counts nothing.

use std::marker::PhantomData;
use std::time::Duration;

use crate::dialect::FaultSubject;
use crate::domain::ApiError;

/// Counts nothing.
#[derive(Debug)]
pub struct NoMetrics;

impl NoMetrics {
    pub(super) fn new(_: impl Iterator<Item = &'static str>) -> Self {
        Self
    }

    pub(super) fn count(
        &self,
        _: &FaultSubject<'_>,
        _: Option<&ApiError>,
        _: Option<u16>,
        _: Duration,
    ) {
    }

    /// Does nothing.
    pub fn connection(&self) -> UncountedConnection<'_> {
        UncountedConnection(PhantomData)
    }
}

/// See [`NoMetrics::connection`].
#[derive(Debug)]
pub struct UncountedConnection<'a>(PhantomData<&'a NoMetrics>);
