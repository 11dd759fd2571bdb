//! Builds two indexes of a table at the same time.

use std::panic::resume_unwind;
use std::thread;

/// With fewer rows, starting a thread takes longer than building an index.
const ROWS_MIN: u64 = 2_000;

/// Returns the results of both. They run in two threads if there are enough rows.
pub(super) fn join<A: Send, B>(
    rows: u64,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> (A, B) {
    if rows < ROWS_MIN {
        return (one(), other());
    }
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join().unwrap_or_else(|panic| resume_unwind(panic)), other)
    })
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;
    use std::thread::current;

    use super::*;

    #[test]
    fn join_starts_a_thread_for_many_rows() {
        let (one, other) = join(ROWS_MIN - 1, || current().id(), || current().id());
        assert_eq!(one, other);
        let (one, other) = join(ROWS_MIN, || current().id(), || current().id());
        assert_ne!(one, other);
    }

    #[test]
    fn join_passes_a_panic_on() {
        for rows in [0, ROWS_MIN] {
            let panic = catch_unwind(|| join(rows, || panic!("in a test"), || ())).unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&"in a test"), "{rows} rows");
        }
    }
}
