//! Inserting the events of a batch, with `BatchExecuteStatement`.

use std::time::Duration;

use aws_sdk_dynamodb::operation::batch_execute_statement::BatchExecuteStatementOutput;
use aws_sdk_dynamodb::types::{
    BatchStatementErrorCodeEnum, BatchStatementRequest, BatchStatementResponse,
};
use futures::{StreamExt, stream};
use roster_domain::{Event, EventTime};
use roster_item::{Attributes, ItemValue};
use roster_table::{Meter, ServiceError, ServiceErrorKind, value_of};
use tokio::time::{Instant, timeout_at};

use crate::entry::{attributes, key_of};
use crate::protocol::{Recording, RequestAnswer, Statement, StatementAnswer};

/// Most requests for a batch at the same time. Roster's own: 200 events, few enough that a new
/// on-demand table does not throttle at once.
pub const CONCURRENT_REQUESTS: usize = 8;

/// Most tries of an event that conflicts with transactions. Roster's own: a transaction takes
/// milliseconds, and an event that fails is retried later anyway.
pub const INSERT_ATTEMPTS: u32 = 5;

/// The longest pause before the second try; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// The history table and the client to reach it.
#[derive(Debug, Clone)]
pub struct HistoryTable {
    client: aws_sdk_dynamodb::Client,
    name: String,
    meter: Meter,
}

/// Why an event is not in the history, or not certainly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// DynamoDB returned no usable response.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// Transactions kept changing the entry.
    #[error("transactions kept changing the entry of the event")]
    Conflict,
    /// There was no time left.
    #[error("no time was left")]
    OutOfTime,
}

/// An event to be inserted.
struct Insert<'a> {
    event: &'a Event,
    attributes: Attributes,
}

impl HistoryTable {
    /// Creates a history with the table of this name, reached with the SDK settings in `config`.
    pub fn new(
        config: impl Into<aws_sdk_dynamodb::config::Builder>,
        name: impl Into<String>,
    ) -> Self {
        let meter = Meter::default();
        Self {
            client: roster_table::client(config, &meter),
            name: name.into(),
            meter,
        }
    }

    /// The requests of this history and its clones so far, including each retry by the SDK.
    pub fn requests(&self) -> u64 {
        self.meter.usage().requests
    }

    /// Makes sure that each of these events is in the history, and returns the result of each, in
    /// their order. Events that are not in the history before `stop` fail. `jitter` returns numbers
    /// between 0 and 1, which spread the tries of events that conflict with transactions.
    ///
    /// It usually sends one request for each [`MAX_STATEMENTS`](crate::protocol::MAX_STATEMENTS)
    /// events. An event that failed may nevertheless be in the history. Recording it again is
    /// always safe.
    pub async fn record(
        &self,
        events: &[&Event],
        recorded_at: EventTime,
        stop: Instant,
        jitter: fn() -> f64,
    ) -> Vec<Result<(), RecordError>> {
        let inserts = events.iter().map(|event| Insert::new(event, recorded_at));
        let inserts: Vec<_> = inserts.collect();
        let mut recording = Recording::of(inserts.iter().map(Insert::statement));
        for attempt in 0..INSERT_ATTEMPTS {
            let requests = recording.requests();
            if requests.is_empty() {
                break;
            }
            if attempt > 0 {
                let longest = FIRST_PAUSE * 2_u32.saturating_pow(attempt - 1);
                tokio::time::sleep(longest.mul_f64(jitter())).await;
            }
            for (request, answer) in self.send_all(requests, &inserts, stop).await {
                recording.settle(&request, answer);
            }
        }
        recording.finish(&RecordError::Conflict)
    }

    async fn send_all(
        &self,
        requests: Vec<Vec<usize>>,
        inserts: &[Insert<'_>],
        stop: Instant,
    ) -> Vec<(Vec<usize>, RequestAnswer<RecordError>)> {
        let sent: Vec<_> = requests
            .into_iter()
            .map(|request| async move {
                let late = || RequestAnswer::Failed(RecordError::OutOfTime);
                // A timeout alone would let a request begin that can only end too late.
                if Instant::now() >= stop {
                    return (request, late());
                }
                let answer = timeout_at(stop, self.send(&request, inserts)).await;
                (request, answer.unwrap_or_else(|_| late()))
            })
            .collect();
        let sent = stream::iter(sent).buffer_unordered(CONCURRENT_REQUESTS);
        sent.collect().await
    }

    async fn send(&self, request: &[usize], inserts: &[Insert<'_>]) -> RequestAnswer<RecordError> {
        let inserts = request.iter().filter_map(|event| inserts.get(*event));
        let statements = inserts.map(|insert| insert.request(&self.name));
        let statements = match statements.collect::<Result<Vec<_>, _>>() {
            Ok(statements) => statements,
            Err(error) => return RequestAnswer::Invalid(error.into()),
        };
        let sent = self.client.batch_execute_statement();
        match sent.set_statements(Some(statements)).send().await {
            Ok(output) => RequestAnswer::Statements(answers(output)),
            Err(error) => match ServiceError::from(error) {
                error if error.kind == ServiceErrorKind::Refused => {
                    RequestAnswer::Invalid(error.into())
                }
                error => RequestAnswer::Failed(error.into()),
            },
        }
    }
}

fn answers(output: BatchExecuteStatementOutput) -> Vec<StatementAnswer<RecordError>> {
    let responses = output.responses.unwrap_or_default();
    responses.iter().map(answer).collect()
}

fn answer(response: &BatchStatementResponse) -> StatementAnswer<RecordError> {
    let Some(error) = response.error() else {
        return StatementAnswer::Inserted;
    };
    match error.code() {
        Some(BatchStatementErrorCodeEnum::DuplicateItem) => StatementAnswer::DuplicateItem,
        Some(BatchStatementErrorCodeEnum::TransactionConflict) => {
            StatementAnswer::TransactionConflict
        }
        _ => StatementAnswer::Failed(ServiceError::of_statement(error).into()),
    }
}

impl<'a> Insert<'a> {
    fn new(event: &'a Event, recorded_at: EventTime) -> Self {
        Self {
            event,
            attributes: attributes(event, recorded_at),
        }
    }

    fn statement(&self) -> Statement {
        let bytes = |value: &ItemValue| match value {
            ItemValue::Text(text) | ItemValue::Number(text) => text.len(),
            ItemValue::Texts(texts) => texts.iter().map(String::len).sum(),
            ItemValue::Flag(_) => 1,
        };
        let attributes = self.attributes.iter();
        Statement {
            key: key_of(self.event),
            bytes: attributes
                .map(|(name, value)| name.len() + bytes(value))
                .sum(),
        }
    }

    /// The statement, with a parameter for each value. The name of a table and those of attributes
    /// contain no quotes.
    fn request(&self, table: &str) -> Result<BatchStatementRequest, ServiceError> {
        let mut statement = format!("INSERT INTO \"{table}\" VALUE ");
        let mut before = '{';
        let mut request = BatchStatementRequest::builder();
        for (name, value) in &self.attributes {
            statement.push(before);
            statement.push('\'');
            statement.push_str(name);
            statement.push_str("': ?");
            request = request.parameters(value_of(value.clone()));
            before = ',';
        }
        statement.push('}');
        let built = request.statement(statement).build();
        built.map_err(|error| ServiceError::invalid(&error))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use aws_sdk_dynamodb::types::{AttributeValue, BatchStatementError};
    use roster_domain::json::Object;
    use roster_domain::{EventId, EventType};
    use roster_emulator::dynamodb::{DynamoDb, HISTORY_TABLE_NAME, config, create_history_table};
    use roster_table::{Item, SdkItem};
    use tokio::net::TcpListener;

    use super::*;
    use crate::Entry;

    fn event(n: usize, role: &str) -> Event {
        let payload = format!(r#"{{"organizationId":"o","userId":"u{n}","role":"{role}"}}"#);
        Event::validate(
            EventType::named("OrganizationUserAdded").unwrap(),
            EventId::parse("e").unwrap(),
            EventTime::UNIX_EPOCH,
            None,
            &Object::parse(&payload, "$").unwrap(),
        )
        .unwrap()
    }

    fn events(count: usize) -> Vec<Event> {
        (0..count).map(|n| event(n, "reader")).collect()
    }

    async fn history() -> (DynamoDb, HistoryTable) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = DynamoDb::serve(listener, None).unwrap();
        create_history_table(&server.client(), HISTORY_TABLE_NAME)
            .await
            .unwrap();
        let history = HistoryTable::new(config(server.address), HISTORY_TABLE_NAME);
        (server, history)
    }

    fn at(millis: u64) -> EventTime {
        EventTime::from_unix_millis(millis).unwrap()
    }

    async fn record(
        history: &HistoryTable,
        events: &[Event],
        millis: u64,
    ) -> Vec<Result<(), RecordError>> {
        let events: Vec<_> = events.iter().collect();
        let stop = Instant::now() + Duration::from_secs(60);
        history.record(&events, at(millis), stop, || 0.5).await
    }

    async fn items(server: &DynamoDb) -> Vec<Item> {
        let scan = server.client().scan().table_name(HISTORY_TABLE_NAME);
        scan.send().await.unwrap().items.unwrap()
    }

    fn entry(item: &Item) -> Entry {
        Entry::read(&SdkItem(item)).unwrap()
    }

    #[tokio::test]
    async fn each_event_is_recorded_once_and_the_first_time_stays() {
        let (server, history) = history().await;
        let mut events = events(60);
        events.extend(events.clone());
        assert_eq!(record(&history, &events, 1).await, vec![Ok(()); 120]);
        assert_eq!(history.requests(), 3, "one for each 25 events");
        events.push(event(0, "admin"));
        assert_eq!(record(&history, &events, 2).await, vec![Ok(()); 121]);
        let mut found: Vec<_> = items(&server).await.iter().map(entry).collect();
        found.sort_by_key(|entry| entry.recorded_at);
        let (last, first) = found.split_last().unwrap();
        assert_eq!((&last.event, last.recorded_at), (&event(0, "admin"), at(2)));
        assert!(first.iter().all(|entry| entry.recorded_at == at(1)));
        assert_eq!(first.len(), 60);
        assert!(first.iter().all(|entry| events.contains(&entry.event)));
    }

    #[tokio::test]
    async fn a_value_of_any_text_is_a_value_and_no_statement() {
        let (server, history) = history().await;
        for name in ["it's", "\"quoted\"", "', 'SK': ?}", "\\", "a\u{2028}b"] {
            let payload = format!(r#"{{"id":"o","name":{name:?}}}"#);
            let renamed = Event::validate(
                EventType::named("OrganizationRenamed").unwrap(),
                EventId::parse(name).unwrap(),
                EventTime::UNIX_EPOCH,
                None,
                &Object::parse(&payload.replace("\\u{2028}", "\\u2028"), "$").unwrap(),
            );
            let events = [renamed.unwrap()];
            assert_eq!(record(&history, &events, 1).await, [Ok(())], "{name}");
            let found = items(&server).await.into_iter();
            let mut found = found.map(|item| entry(&item).event);
            assert!(found.any(|event| event == events[0]), "{name}");
        }
    }

    #[tokio::test]
    async fn an_event_that_is_there_in_another_form_counts_as_recorded() {
        let (server, history) = history().await;
        let events = events(2);
        record(&history, &events, 1).await.clear();
        for mut item in items(&server).await {
            item.insert("role".to_owned(), AttributeValue::S("erased".to_owned()));
            let put = server.client().put_item().table_name(HISTORY_TABLE_NAME);
            put.set_item(Some(item)).send().await.unwrap();
        }
        assert_eq!(record(&history, &events, 2).await, [Ok(()), Ok(())]);
        let role = |item: &Item| item["role"].as_s().unwrap().clone();
        let roles: Vec<_> = items(&server).await.iter().map(role).collect();
        assert_eq!(roles, ["erased", "erased"], "what was erased stays erased");
    }

    #[tokio::test]
    async fn nothing_is_recorded_without_a_table_or_without_time() {
        let (server, history) = history().await;
        let none = HistoryTable::new(config(server.address), "no-history");
        let results = record(&none, &events(30), 1).await;
        let misconfigured = |result: &Result<(), RecordError>| match result {
            Err(RecordError::Service(error)) => error.kind == ServiceErrorKind::Misconfigured,
            _ => false,
        };
        assert!(results.iter().all(misconfigured), "{results:?}");
        let (one, stop) = (event(1, "reader"), Instant::now());
        let results = history.record(&[&one], at(1), stop, || 0.5).await;
        assert_eq!(results, [Err(RecordError::OutOfTime)]);
    }

    #[test]
    fn each_code_of_a_statement_has_its_answer() {
        use BatchStatementErrorCodeEnum as Code;
        let answer_to = |code| {
            let error = BatchStatementError::builder().code(code).build();
            answer(&BatchStatementResponse::builder().error(error).build())
        };
        let inserted = answer(&BatchStatementResponse::builder().build());
        assert_eq!(inserted, StatementAnswer::Inserted);
        let there = answer_to(Code::DuplicateItem);
        assert_eq!(there, StatementAnswer::DuplicateItem);
        let conflict = answer_to(Code::TransactionConflict);
        assert_eq!(conflict, StatementAnswer::TransactionConflict);
        for code in [
            Code::ThrottlingError,
            Code::InternalServerError,
            Code::AccessDenied,
            Code::ConditionalCheckFailed,
            Code::ValidationError,
        ] {
            let answer = answer_to(code.clone());
            assert!(matches!(answer, StatementAnswer::Failed(_)), "{code}");
        }
    }
}
