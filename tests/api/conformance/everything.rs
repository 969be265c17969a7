//! Compares every decision in a random directory, and the results of searches in it, with the
//! model.

use futures::{StreamExt, stream};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use serde_json::{Value, json};

use super::endpoint::{ACTIONS, EVALUATIONS, RESOURCES, SUBJECTS, question};
use super::model::Asker;
use super::pages;
use super::random::{ORGANIZATIONS, PERMISSIONS, PROJECTS, USERS, World};
use super::suite::Suite;
use super::target::Target;

/// Evaluations in a request, which is the maximum.
const BATCH: usize = 50;

/// Concurrent requests.
const AT_ONCE: usize = 4;

/// Searches of a service, about half of all.
const SEARCHES_OF_SERVICE: usize = 200;

/// Searches of each user that are allowed, and searches that are not.
const SEARCHES_OF_USER: usize = 12;

/// A request: user, permission, type and id of the resource.
type Question = [&'static str; 4];

/// A search and its expected results, unless the caller may not send it.
struct Search {
    path: &'static str,
    asked: Value,
    expected: Option<Vec<String>>,
}

/// Compares everything that a service and every user may request.
pub async fn check(target: Target, world: &World) {
    let suite = Suite::over(target);
    let users = USERS.map(|user| Asker::User(user.to_owned()));
    for asker in [Asker::Service].into_iter().chain(users) {
        let token = match &asker {
            Asker::Service => suite.target.server.service(),
            Asker::User(user) => suite.target.server.user(user),
        };
        if let Asker::User(user) = &asker
            && world.model.is_inactive(user)
        {
            let asked = question(user, PERMISSIONS[0], "project", PROJECTS[0]);
            let answer = suite.post_as(&token, RESOURCES, &asked).await;
            suite.checks.equal(&answer.status, &401, || user.clone());
            continue;
        }
        decisions(&suite, world, &asker, &token).await;
        searches(&suite, world, &asker, &token).await;
    }
    suite.finish(&format!("the directory of seed {}", world.seed));
}

/// The number of positive decisions, according to the model.
pub fn granted(world: &World) -> usize {
    let allows =
        |[user, permission, kind, id]: &Question| world.model.allows(user, permission, kind, id);
    questions().iter().filter(|one| allows(one)).count()
}

fn places() -> Vec<(&'static str, &'static str)> {
    let organizations = ORGANIZATIONS.map(|id| ("organization", id));
    let projects = PROJECTS.map(|id| ("project", id));
    organizations.into_iter().chain(projects).collect()
}

fn questions() -> Vec<Question> {
    let mut questions = Vec::new();
    for user in USERS {
        for permission in PERMISSIONS {
            let of = |(kind, id)| [user, permission, kind, id];
            questions.extend(places().into_iter().map(of));
        }
    }
    questions
}

/// The model's result: a decision, or that the caller may not ask.
fn expected(world: &World, asker: &Asker, [user, permission, kind, id]: Question) -> Value {
    match world.model.may_ask(asker, Some(user), kind, id) {
        true => json!(world.model.allows(user, permission, kind, id)),
        false => json!(403),
    }
}

/// The result of an item in a response. An item that the caller may not ask is denied as well.
fn found(item: &Value) -> Value {
    match (&item["decision"], &item["context"]["error"]["status"]) {
        (decision, Value::Null) => decision.clone(),
        (Value::Bool(false), status) => status.clone(),
        _ => Value::Null,
    }
}

/// Every request, shuffled.
async fn decisions(suite: &Suite, world: &World, asker: &Asker, token: &str) {
    let mut questions = questions();
    questions.shuffle(&mut world.rng());
    let batches = questions.chunks(BATCH).map(async |batch| {
        let items = batch
            .iter()
            .map(|[user, permission, kind, id]| question(user, permission, kind, id));
        let asked = json!({"evaluations": items.collect::<Vec<_>>()});
        let answer = suite.post_as(token, EVALUATIONS, &asked).await;
        let items = answer.body["evaluations"].as_array().unwrap();
        suite
            .checks
            .equal(&items.len(), &batch.len(), || format!("{asker:?} {asked}"));
        for (item, question) in items.iter().zip(batch) {
            let expected = expected(world, asker, *question);
            let what = || format!("{asker:?} {question:?} {item}");
            suite.checks.equal(&found(item), &expected, what);
        }
    });
    let batches: Vec<_> = batches.collect();
    let batches = stream::iter(batches).buffer_unordered(AT_ONCE);
    batches.collect::<Vec<_>>().await;
}

/// Some of the searches, with pages of any length.
async fn searches(suite: &Suite, world: &World, asker: &Asker, token: &str) {
    let mut rng = world.rng();
    let searches = some_searches(world, asker, &mut rng);
    let limits = [None, None, Some(1), Some(3)];
    let searches = searches
        .iter()
        .map(|search| (search, *limits.choose(&mut rng).unwrap()));
    let compared = searches.map(async |(search, limit)| {
        let Search {
            path,
            asked,
            expected,
        } = search;
        let limit = limit.map(Value::from);
        let found = pages::follow_as(suite, token, path, asked, limit.clone()).await;
        let what = || format!("{asker:?} {path} {asked} {limit:?}");
        match expected {
            Some(expected) => found.compare(suite, expected, what),
            None => suite.checks.equal(&found.status, &403, what),
        }
    });
    let compared: Vec<_> = compared.collect();
    let compared = stream::iter(compared).buffer_unordered(AT_ONCE);
    compared.collect::<Vec<_>>().await;
}

/// As many of the allowed searches as the caller sends and, for a user, as many of the others.
fn some_searches(world: &World, asker: &Asker, rng: &mut StdRng) -> Vec<Search> {
    let mut searches = all_searches(world, asker);
    searches.shuffle(rng);
    let may_ask = |search: &Search| search.expected.is_some();
    let (mut allowed, mut others): (Vec<_>, Vec<_>) = searches.into_iter().partition(may_ask);
    let most = match asker {
        Asker::Service => SEARCHES_OF_SERVICE,
        Asker::User(_) => SEARCHES_OF_USER,
    };
    allowed.truncate(most);
    others.truncate(most);
    allowed.extend(others);
    allowed
}

fn all_searches(world: &World, asker: &Asker) -> Vec<Search> {
    let model = &world.model;
    let mut searches = Vec::new();
    let mut add = |path, asked, may: bool, all: &[&'static str], of: &dyn Fn(&str) -> bool| {
        let found = all
            .iter()
            .filter(|one| of(one))
            .map(|one| (*one).to_owned());
        let expected = may.then(|| found.collect());
        searches.push(Search {
            path,
            asked,
            expected,
        });
    };
    for (kind, id) in places() {
        let may = model.may_ask(asker, None, kind, id);
        for permission in PERMISSIONS {
            let asked = question("", permission, kind, id);
            let of = |user: &str| model.allows(user, permission, kind, id);
            add(SUBJECTS, asked, may, &USERS, &of);
        }
    }
    for user in USERS {
        let may = [Asker::Service, Asker::User(user.to_owned())].contains(asker);
        for permission in PERMISSIONS {
            for (kind, all) in [("organization", &ORGANIZATIONS[..]), ("project", &PROJECTS)] {
                let asked = question(user, permission, kind, "");
                let of = |id: &str| model.allows(user, permission, kind, id);
                add(RESOURCES, asked, may, all, &of);
            }
        }
        for (kind, id) in places() {
            let may = model.may_ask(asker, Some(user), kind, id);
            let of = |permission: &str| model.allows(user, permission, kind, id);
            add(
                ACTIONS,
                question(user, "", kind, id),
                may,
                &PERMISSIONS,
                &of,
            );
        }
    }
    searches
}
