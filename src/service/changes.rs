//! Notifies subscribers of changes that are not requests. A subscriber learns what has changed, not how: it reads
//! the new state itself, so changes in quick succession are one.

use tokio::sync::watch;

/// What has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Topic {
    /// Fault rules were added, replaced, removed, paused or resumed.
    Rules,
    /// Stores were created, replaced, deleted or reset.
    Stores,
    /// The clock was set.
    Clock,
    /// Snapshots were saved or deleted.
    Snapshots,
    /// The journal was cleared.
    Journal,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 5] =
        [Self::Rules, Self::Stores, Self::Clock, Self::Snapshots, Self::Journal];
}

/// The number of changes of each topic.
type Counts = [u64; Topic::ALL.len()];

/// Notifies subscribers of changes.
#[derive(Default, Debug)]
pub struct Changes(watch::Sender<Counts>);

impl Changes {
    /// Reports changes of these topics.
    pub fn notify(&self, topics: &[Topic]) {
        if topics.is_empty() {
            return;
        }
        self.0.send_modify(|counts| {
            for topic in topics {
                let count = &mut counts[*topic as usize];
                *count = count.wrapping_add(1);
            }
        });
    }

    /// Subscribes to the changes from now on.
    pub fn subscribe(&self) -> ChangeSubscription {
        let mut receiver = self.0.subscribe();
        let seen = *receiver.borrow_and_update();
        ChangeSubscription { receiver, seen }
    }
}

/// Receives changes.
#[derive(Debug)]
pub struct ChangeSubscription {
    receiver: watch::Receiver<Counts>,
    seen: Counts,
}

impl ChangeSubscription {
    /// Waits for a topic that has changed since it was returned last. Waits for ever once the service has gone.
    pub async fn next(&mut self) -> Topic {
        loop {
            let counts = *self.receiver.borrow_and_update();
            for topic in Topic::ALL {
                let index = topic as usize;
                if self.seen[index] != counts[index] {
                    self.seen[index] = counts[index];
                    return topic;
                }
            }
            if self.receiver.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
