//! Whether the cost of an event grows with the table or with the history of one entity.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use roster_domain::{Entity, OrganizationId, UserId};
use roster_emulator::dynamodb::{self, TABLE_NAME};
use roster_table::{Item, Key};
use serde::Serialize;

use crate::emulator::Emulator;
use crate::measure::Handler;
use crate::process::Function;
use crate::proxy::Proxy;
use crate::report::line;
use crate::workload::{Invocation, Keys, Member, Workload};

/// Sizes of the table, in entities, at which the cost of an event is measured.
const ENTITIES: [usize; 3] = [1_000, 100_000, 1_000_000];

/// Numbers of events of one entity after which the cost of the next is measured.
const EVENTS: [usize; 5] = [1, 10, 100, 1_000, 10_000];

/// Records in a batch that fills the table.
const FILL: usize = 1_000;

/// Records in a measured batch, and the number of such batches.
const MEASURED: (usize, usize) = (100, 20);

/// The cost of an event at one size.
#[derive(Debug, Serialize)]
pub struct Cost {
    /// Entities in the table, or earlier events of the entity.
    pub at: usize,
    /// Requests to the table.
    pub requests: f64,
    /// Write units.
    pub units: f64,
    /// Bytes of an item (DynamoDB, "Item sizes and formats").
    pub item_bytes: usize,
    /// CPU of the function in microseconds.
    pub cpu_us: f64,
    /// Events in a second, which mostly depends on the speed of the embedded server.
    pub events_per_second: f64,
}

/// Both growths.
#[derive(Debug, Serialize)]
pub struct Growth {
    /// By entities in the table.
    pub entities: Vec<Cost>,
    /// By events of one entity.
    pub events: Vec<Cost>,
}

impl Growth {
    /// Measures both, with at most this many entities.
    pub async fn measure(consumer: &Handler, seed: u64, most: usize) -> Result<Self> {
        let sizes: Vec<_> = ENTITIES.into_iter().filter(|n| *n <= most).collect();
        Ok(Self {
            events: of_one_entity(consumer, seed).await?,
            entities: of_the_table(consumer, seed, &sizes).await?,
        })
    }

    /// Prints both as tables.
    pub fn print(&self) -> Result<()> {
        line("By entities in the table, batches of 100, each event of another entity:\n")?;
        line(&table("entities", &self.entities).trim_fmt())?;
        line("\nBy events of one entity, one event a batch:\n")?;
        line(&table("events", &self.events).trim_fmt())
    }
}

fn table(at: &str, costs: &[Cost]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header([
        at,
        "requests/event",
        "units/event",
        "item bytes",
        "CPU µs/event",
        "events/s",
    ]);
    for cost in costs {
        table.add_row([
            cost.at.to_string(),
            format!("{:.3}", cost.requests),
            format!("{:.2}", cost.units),
            cost.item_bytes.to_string(),
            format!("{:.0}", cost.cpu_us),
            format!("{:.0}", cost.events_per_second),
        ]);
    }
    table
}

async fn of_the_table(consumer: &Handler, seed: u64, sizes: &[usize]) -> Result<Vec<Cost>> {
    let emulator = Emulator::start().await?;
    let proxy = Proxy::start(emulator.address, Duration::ZERO).await?;
    let function = Function::start(&consumer.program, proxy.address).await?;
    let mut fill = Workload::new(seed, "fill", Keys::New, 0.0);
    let mut there = 0;
    let mut costs = Vec::new();
    for &size in sizes {
        while there < size {
            let batch = fill.batch(FILL.min(size - there))?;
            there += batch.entities;
            function.handle(&batch).await?;
            if there.is_multiple_of(50_000) {
                writeln!(std::io::stderr(), "{there} entities")?;
            }
        }
        let batches = (0..MEASURED.1).map(|_| fill.changes(MEASURED.0));
        let batches: Vec<_> = batches.collect::<Result<_>>()?;
        let mut cost = cost(&function, &proxy, &batches).await?;
        cost.at = size;
        cost.item_bytes = item_bytes(&emulator, fill.a_member()).await?;
        costs.push(cost);
    }
    function.stop().await?;
    Ok(costs)
}

async fn of_one_entity(consumer: &Handler, seed: u64) -> Result<Vec<Cost>> {
    let emulator = Emulator::start().await?;
    let proxy = Proxy::start(emulator.address, Duration::ZERO).await?;
    let function = Function::start(&consumer.program, proxy.address).await?;
    let mut one = Workload::new(seed, "one", Keys::One, 0.0);
    let mut there = 0;
    let mut costs = Vec::new();
    for size in EVENTS {
        while there + MEASURED.1 < size {
            function.handle(&one.batch(1)?).await?;
            there += 1;
        }
        let few = (size - there).min(MEASURED.1);
        let batches = (0..few).map(|_| one.batch(1)).collect::<Result<Vec<_>>>()?;
        there += few;
        let mut cost = cost(&function, &proxy, &batches).await?;
        cost.at = size;
        cost.item_bytes = item_bytes(&emulator, one.a_member()).await?;
        costs.push(cost);
    }
    function.stop().await?;
    Ok(costs)
}

/// Times the first half of the batches and counts the units of the second half; both for a single
/// batch.
async fn cost(function: &Function, proxy: &Proxy, batches: &[Invocation]) -> Result<Cost> {
    let (timed, counted) = batches.split_at(batches.len() / 2);
    let events = |batches: &[Invocation]| batches.iter().map(|b| b.events).sum::<usize>() as f64;
    proxy.take();
    let (mut wall, mut cpu) = run(function, timed).await?;
    proxy.count_units(true);
    let while_counting = run(function, counted).await?;
    proxy.count_units(false);
    let traffic = proxy.take();
    let mut timed = events(timed);
    if timed == 0.0 {
        (wall, cpu) = while_counting;
        timed = events(counted);
    }
    Ok(Cost {
        at: 0,
        requests: traffic.requests as f64 / events(batches),
        units: traffic.units / events(counted),
        item_bytes: 0,
        cpu_us: cpu.as_secs_f64() * 1e6 / timed,
        events_per_second: timed / wall.as_secs_f64(),
    })
}

/// The wall clock time and the CPU time of batches.
async fn run(function: &Function, batches: &[Invocation]) -> Result<(Duration, Duration)> {
    let (began, cpu) = (Instant::now(), function.cpu()?);
    for batch in batches {
        function.handle(batch).await?;
    }
    Ok((began.elapsed(), function.cpu()?.saturating_sub(cpu)))
}

async fn item_bytes(emulator: &Emulator, member: Option<&Member>) -> Result<usize> {
    let (organization, user) = member.context("no membership")?;
    let client = Client::from_conf(dynamodb::config(emulator.address).build());
    let key = Key::of(&Entity::Membership {
        organization: OrganizationId::parse(organization)?,
        user: UserId::parse(user)?,
    });
    let get = client.get_item().table_name(TABLE_NAME);
    let get = get
        .key(roster_table::attribute::PK, AttributeValue::S(key.pk))
        .key(roster_table::attribute::SK, AttributeValue::S(key.sk));
    let item = get.send().await?.item.unwrap_or_default();
    Ok(bytes(&item))
}

/// The size as DynamoDB counts it: names and texts in UTF-8, and for a number one byte for two
/// digits and one more.
fn bytes(item: &Item) -> usize {
    let value = |value: &AttributeValue| match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len().div_ceil(2) + 1,
        _ => 0,
    };
    item.iter().map(|(name, v)| name.len() + value(v)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_an_item_is_that_of_its_names_and_values() {
        let item = Item::from([
            ("PK".to_owned(), AttributeValue::S("ORG#é".to_owned())),
            ("revision".to_owned(), AttributeValue::N("123".to_owned())),
        ]);
        assert_eq!(bytes(&item), 2 + 6 + 8 + 3);
    }
}
