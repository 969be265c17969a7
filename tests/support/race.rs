//! Consumers that race to fold the messages of a queue into one item, as a model that a checker
//! can explore completely.
//!
//! A step is one request or one fault. The events, the merge and the writes are the real ones,
//! and a consumer follows the same sequence of writes as `Table::apply`. It has no limit on
//! attempts, because giving up looks like a crash to everyone else.

#![expect(
    clippy::indexing_slicing,
    reason = "a step names a place that its world has"
)]

use std::sync::Arc;

use roster_table::protocol::{Condition, Stored, Write};
use stateright::{Model, Property};

use crate::protocol::Protocol;
use crate::scenario::{MessageSet, Scenario, merged};
use crate::world::{ConsumerState, World};

/// The name of the property that the model is for.
pub const RIGHT_AT_THE_END: &str = "at the end the table has the state of all events";

/// The name of the property without which [`RIGHT_AT_THE_END`] would be vacuous.
pub const THE_END: &str = "the end is reached";

/// Consumers and their messages.
#[derive(Debug, Clone)]
pub struct RaceModel {
    /// The messages.
    pub scenario: Arc<Scenario>,
    /// How they are written.
    pub protocol: Protocol,
    /// How many consumers there are.
    pub consumers: usize,
    /// How many faults may happen, of any kind.
    pub faults: u8,
}

/// A possible step. Numbers are indexes into the lists of [`World`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A consumer receives a batch.
    Receive(usize, MessageSet),
    /// A write reaches the table, and the response reaches its sender.
    Send(usize),
    /// A batch is removed from the queue.
    Acknowledge(usize),
    /// A consumer is lost with its state, and its batch can be received again.
    Crash(usize),
    /// A consumer is so slow that its batch can be received again while it continues.
    Timeout(usize),
    /// A write is sent and gets no response, so its consumer will retry it.
    NoReply(usize),
    /// A write without a response reaches the table, now or much later.
    Arrive(usize),
}

impl Model for RaceModel {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            stored: None,
            waiting: self.scenario.all(),
            acknowledged: MessageSet::default(),
            consumers: vec![ConsumerState::Idle; self.consumers],
            strays: Vec::new(),
            faults: self.faults,
        }]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        // Idle consumers are interchangeable, so it is enough that one of them receives.
        if let Some(idle) = world
            .consumers
            .iter()
            .position(|c| *c == ConsumerState::Idle)
        {
            let batches = world.waiting.subsets().filter(|batch| !batch.is_empty());
            steps.extend(batches.map(|batch| Step::Receive(idle, batch)));
        }
        for (at, consumer) in world.consumers.iter().enumerate() {
            match consumer {
                ConsumerState::Idle => continue,
                ConsumerState::Sends(..) => steps.push(Step::Send(at)),
                ConsumerState::Done(_) => steps.push(Step::Acknowledge(at)),
            }
            if world.faults > 0 {
                steps.extend([Step::Crash(at), Step::Timeout(at)]);
                if matches!(consumer, ConsumerState::Sends(..)) {
                    steps.push(Step::NoReply(at));
                }
            }
        }
        steps.extend((0..world.strays.len()).map(Step::Arrive));
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        let mut next = world.clone();
        match step {
            Step::Receive(at, batch) => self.receive(&mut next, at, batch),
            Step::Send(at) => self.send(&mut next, at),
            Step::Acknowledge(at) => {
                next.acknowledge(world.consumers[at].batch());
                next.consumers[at] = ConsumerState::Idle;
            }
            Step::Crash(at) => {
                next.faults -= 1;
                next.return_to_queue(world.consumers[at].batch());
                next.consumers[at] = ConsumerState::Idle;
            }
            Step::Timeout(at) => {
                next.faults -= 1;
                next.return_to_queue(world.consumers[at].batch());
            }
            Step::NoReply(at) => {
                if let ConsumerState::Sends(_, write) = &world.consumers[at] {
                    next.faults -= 1;
                    next.strays.push(Arc::clone(write));
                }
            }
            Step::Arrive(at) => {
                let write = next.strays.remove(at);
                if let Some(written) = self.protocol.on(&write, next.item()) {
                    next.stored = Some(Arc::new(written));
                }
            }
        }
        // Consumers are interchangeable, so worlds that differ only in their order are the same.
        next.consumers.sort_by_key(ConsumerState::batch);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "the item has the state of some of the events",
                Self::is_a_fold,
            ),
            Property::always(
                "every acknowledged event is in the item",
                Self::keeps_acknowledged,
            ),
            Property::always(
                "a consumer without competition needs two writes at most",
                Self::is_live,
            ),
            Property::always(RIGHT_AT_THE_END, Self::is_right_at_the_end),
            Property::sometimes(THE_END, Self::is_over),
            Property::sometimes("the first write is enough", |race, world| {
                race.can(world, |write, effect| is_first(write) && effect)
            }),
            Property::sometimes("a second write is enough", |race, world| {
                race.can(world, |write, effect| !is_first(write) && effect)
            }),
            Property::sometimes("a second write loses a race", |race, world| {
                race.can(world, |write, effect| !is_first(write) && !effect)
            }),
            Property::sometimes("there is nothing to write", Self::has_nothing_to_write),
            Property::sometimes("a stray write outlives its sender", Self::is_haunted),
        ]
    }
}

impl RaceModel {
    fn receive(&self, world: &mut World, at: usize, batch: MessageSet) {
        world.waiting = world.waiting.without(batch);
        if self.protocol == Protocol::AcknowledgesFirst {
            world.acknowledge(batch);
        }
        let first = self.protocol.first(self.scenario.fold(batch));
        world.consumers[at] = ConsumerState::next(batch, first);
    }

    fn send(&self, world: &mut World, at: usize) {
        let ConsumerState::Sends(batch, write) = &world.consumers[at] else {
            return;
        };
        let batch = *batch;
        let next = match self.protocol.on(write, world.item()) {
            Some(written) => {
                world.stored = Some(Arc::new(written));
                None
            }
            None => {
                let delta = self.scenario.fold(batch);
                self.protocol.after(delta, world.item())
            }
        };
        world.consumers[at] = ConsumerState::next(batch, next);
    }

    fn is_a_fold(&self, world: &World) -> bool {
        let item = world.item();
        item.is_none_or(|item| self.scenario.means(&item.state))
    }

    fn keeps_acknowledged(&self, world: &World) -> bool {
        world.acknowledged.is_empty() || self.includes(world, world.acknowledged)
    }

    /// A write loses only to one that succeeds, so with this no consumer retries forever.
    fn is_live(&self, world: &World) -> bool {
        world.sends().all(|(batch, write)| {
            let next = || self.protocol.after(self.scenario.fold(batch), world.item());
            self.takes_effect(world, write)
                || next().is_none_or(|next| self.takes_effect(world, &next))
        })
    }

    /// Stray writes may still be in flight: whether they arrive must not matter.
    fn is_right_at_the_end(&self, world: &World) -> bool {
        let all = self.scenario.fold(self.scenario.all());
        let right = |item: &Stored| item.state == *all && self.scenario.shows(&item.state);
        !self.is_over(world) || world.item().is_some_and(right)
    }

    fn is_over(&self, world: &World) -> bool {
        let idle = world.consumers.iter().all(|c| *c == ConsumerState::Idle);
        idle && world.acknowledged == self.scenario.all()
    }

    fn has_nothing_to_write(&self, world: &World) -> bool {
        let mut firsts = world.sends().filter(|(_, write)| is_first(write));
        firsts.any(|(batch, _)| self.includes(world, batch))
    }

    fn is_haunted(&self, world: &World) -> bool {
        let lost = |write: &Arc<Write>| world.sends().all(|(_, sent)| sent != write);
        let mut strays = world.strays.iter();
        strays.any(|write| lost(write) && self.takes_effect(world, write))
    }

    fn can(&self, world: &World, is: impl Fn(&Write, bool) -> bool) -> bool {
        let mut writes = world.sends().map(|(_, write)| write);
        writes.any(|write| is(write, self.takes_effect(world, write)))
    }

    fn takes_effect(&self, world: &World, write: &Write) -> bool {
        self.protocol.on(write, world.item()).is_some()
    }

    fn includes(&self, world: &World, messages: MessageSet) -> bool {
        let delta = self.scenario.fold(messages);
        let item = world.item();
        item.is_some_and(|item| merged(&item.state, delta) == item.state)
    }
}

fn is_first(write: &Write) -> bool {
    match write.condition {
        Condition::AllOlder(_) | Condition::PresentAndAllOlder(_) => true,
        Condition::Unchanged { .. } | Condition::NoItem => false,
    }
}
