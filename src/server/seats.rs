//! The connections there are: so many at a time. Where there is no room for another, those that have
//! had nothing answered for longest, and wait for their client, make some.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use crate::domain::lock::Mutex;

use super::socket::{Asked, Line};

/// One in so many is asked to leave at a time.
const PART_ASKED: usize = 8;

/// The connections there are.
pub struct Seats {
    max: usize,
    yield_after: Duration,
    room: Arc<Semaphore>,
    state: Mutex<State>,
}

struct State {
    /// Those that were seen to do something longest ago come first.
    seats: VecDeque<Seat>,
    /// What all are asked, also those that come now.
    asked: Asked,
}

struct Seat {
    line: Weak<Line>,
    /// How many requests had been answered when this was looked at.
    answered: u64,
    since: Instant,
}

impl Seat {
    fn of(line: &Arc<Line>) -> Self {
        Self { answered: line.answered(), since: Instant::now(), line: Arc::downgrade(line) }
    }
}

impl Seats {
    /// Room for so many, each of which may be idle for so long while another waits.
    pub fn new(max: usize, yield_after: Duration) -> Self {
        let state = State { seats: VecDeque::new(), asked: Asked::Nothing };
        Self { max, yield_after, room: Arc::new(Semaphore::new(max)), state: Mutex::new(state) }
    }

    /// Waits for room.
    pub async fn take(&self) -> Option<OwnedSemaphorePermit> {
        loop {
            let taken = self.room.clone().try_acquire_owned();
            if let Ok(taken) = taken {
                return Some(taken);
            }
            self.make_room();
            // Never closed, so the only failure is that it takes too long.
            if let Ok(taken) = timeout(self.yield_after, self.room.clone().acquire_owned()).await {
                return taken.ok();
            }
        }
    }

    /// Counts a connection among them from now on.
    pub fn add(&self, line: &Arc<Line>) {
        let mut state = self.state.lock();
        // What is gone is let go of here, where nobody looks for room.
        if state.seats.len() >= self.max * 2 {
            state.seats.retain(|seat| seat.line.strong_count() > 0);
        }
        state.seats.push_back(Seat::of(line));
        if state.asked != Asked::Nothing {
            line.ask(state.asked);
        }
    }

    /// Asks some of those to leave that have said nothing for long enough.
    pub fn make_room(&self) {
        let mut state = self.state.lock();
        let mut left = self.max.div_ceil(PART_ASKED);
        for _ in 0..state.seats.len() {
            let Some(seat) =
                state.seats.front().filter(|seat| seat.since.elapsed() >= self.yield_after)
            else {
                return; // All others were seen later than this one.
            };
            let idle = seat.line.upgrade().map(|line| (line.answered() == seat.answered, line));
            state.seats.pop_front();
            let Some((same, line)) = idle else { continue };
            state.seats.push_back(Seat::of(&line));
            if same && line.is_idle() {
                line.ask(Asked::ToLeave);
                left -= 1;
                if left == 0 {
                    return;
                }
            }
        }
    }

    /// Asks all to end, and those that come from now on.
    pub fn end(&self, asked: Asked) {
        let mut state = self.state.lock();
        state.asked = asked;
        for line in state.seats.iter().filter_map(|seat| seat.line.upgrade()) {
            line.ask(asked);
        }
    }

    /// Waits until all have left.
    pub async fn empty(&self) {
        let all = u32::try_from(self.max).unwrap_or(u32::MAX);
        // Never closed, so this is only ready when they have.
        let _ = self.room.acquire_many(all).await;
    }
}
