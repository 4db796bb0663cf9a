//! The promises of a store, each a function on a store of any kind. `run` opens it anew between them, so that each also holds after
//! a restart.

use fleet_proto::TenantId;
use fleetd::store::{
    Change, Key, LONGEST_VALUE, Lease, LeaseWish, Page, Revision, Store, StoreError, name_of,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

pub type Open<'a> = &'a dyn Fn() -> Arc<dyn Store>;

/// No store takes longer for anything here.
const LIMIT: Duration = Duration::from_secs(20);

pub fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

pub fn key(tenant_name: &str, kind: &'static str, name: &str) -> Key {
    Key::of(&tenant(tenant_name), kind, name).unwrap()
}

pub async fn run(open: Open<'_>) {
    compare_and_set(&*open()).await;
    taken_away_is_absent_and_may_come_back(&*open()).await;
    lists_by_pages_and_by_tenant(&*open()).await;
    a_prefix_is_whole_parts_and_names_may_have_dots(&*open()).await;
    everything_is_there_after_a_restart(open).await;
    a_watch_has_no_gap(open()).await;
    a_slow_watcher_hears_the_newest_of_each(open()).await;
    for stream in [key("a", "stream", "one"), Key::all(&tenant("a"), "stream")] {
        streams_only_grow(&*open(), &stream).await;
        many_are_added_together_or_not_at_all(&*open(), &stream).await;
    }
    for stream in [key("a", "race", "one"), Key::all(&tenant("a"), "race")] {
        of_two_that_append_to_one_end_one_wins(open(), stream).await;
    }
    leases_pass_on_when_they_end(&*open()).await;
    blobs_are_replaced_whole(&*open()).await;
    what_is_too_large_is_refused(&*open()).await;
}

fn refused_at(done: Result<Revision, StoreError>) -> Revision {
    match done {
        Err(StoreError::Conflict(now)) => now,
        other => panic!("{other:?}"),
    }
}

async fn compare_and_set(store: &dyn Store) {
    let key = key("a", "cas", "one");
    assert_eq!(store.get(&key).await.unwrap(), None);
    let text = |text: &str| Some(text.as_bytes().to_vec());
    let early = store.put_cas(&key, Revision(7), text("x")).await;
    assert_eq!(refused_at(early), Revision::ABSENT);
    let first = store.put_cas(&key, Revision::ABSENT, text("1")).await;
    let first = first.unwrap();
    let twice = store.put_cas(&key, Revision::ABSENT, text("1")).await;
    assert_eq!(
        refused_at(twice),
        first,
        "the same write again is a stale one"
    );
    let second = store.put_cas(&key, first, text("2")).await.unwrap();
    assert!(second > first);
    let stale = store.put_cas(&key, first, text("3")).await;
    assert_eq!(refused_at(stale), second);
    let entry = store.get(&key).await.unwrap().unwrap();
    assert_eq!(
        (entry.value.as_slice(), entry.revision),
        (&b"2"[..], second)
    );
}

async fn taken_away_is_absent_and_may_come_back(store: &dyn Store) {
    let key = key("a", "away", "one");
    let first = store.put_cas(&key, Revision::ABSENT, Some(vec![1])).await;
    let first = first.unwrap();
    let gone = store.put_cas(&key, first, None).await.unwrap();
    assert_eq!(store.get(&key).await.unwrap(), None);
    let again = store.put_cas(&key, first, Some(vec![2])).await;
    assert_eq!(refused_at(again), Revision::ABSENT);
    let back = store.put_cas(&key, Revision::ABSENT, Some(vec![2])).await;
    assert!(back.unwrap() > gone);
}

async fn lists_by_pages_and_by_tenant(store: &dyn Store) {
    for name in ["b", "a", "c", "a/x", "ab"] {
        for tenant in ["lists", "lists-b"] {
            let key = key(tenant, "list", name);
            let value = Some(tenant.as_bytes().to_vec());
            store.put_cas(&key, Revision::ABSENT, value).await.unwrap();
        }
    }
    let prefix = Key::all(&tenant("lists"), "list");
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = Page {
            after: after.as_deref(),
            limit: 2,
        };
        let part = store.list(&prefix, page).await.unwrap();
        assert!(part.len() <= 2);
        let Some(last) = part.last() else { break };
        after = Some(last.key.clone());
        assert!(part.iter().all(|entry| entry.value == b"lists"));
        seen.extend(part.into_iter().map(|entry| entry.key));
    }
    let names = ["a", "a/x", "ab", "b", "c"].map(|name| format!("lists/list/{name}"));
    assert_eq!(seen, names);
}

async fn a_prefix_is_whole_parts_and_names_may_have_dots(store: &dyn Store) {
    for name in ["saal-2/x", "saal-22/y", "saal-2/a.b=c", "saal-2"] {
        let key = key("a", "parts", name);
        let put = store.put_cas(&key, Revision::ABSENT, Some(name.as_bytes().to_vec()));
        put.await.unwrap();
    }
    let below = Key::below(&tenant("a"), "parts", "saal-2").unwrap();
    let all = Page {
        after: None,
        limit: 10,
    };
    let found = store.list(&below, all).await.unwrap();
    let names = ["saal-2/a.b=c", "saal-2/x"];
    let values: Vec<&[u8]> = found.iter().map(|entry| entry.value.as_slice()).collect();
    assert_eq!(values, names.map(str::as_bytes));
    let keys: Vec<&str> = found.iter().map(|entry| name_of(&entry.key)).collect();
    assert_eq!(keys, names);
}

async fn everything_is_there_after_a_restart(open: Open<'_>) {
    let (document, stream, blob) = (
        key("a", "kept", "one"),
        key("a", "kept-stream", "one"),
        key("a", "kept-blob", "one"),
    );
    let revision = {
        let store = open();
        store
            .append(&stream, None, b"first".to_vec())
            .await
            .unwrap();
        store.blob_put(&blob, vec![9; 1000]).await.unwrap();
        let put = store.put_cas(&document, Revision::ABSENT, Some(b"v".to_vec()));
        put.await.unwrap()
    };
    let store = open();
    let entry = store.get(&document).await.unwrap().unwrap();
    assert_eq!((entry.revision, entry.value), (revision, b"v".to_vec()));
    assert_eq!(store.last(&stream).await.unwrap(), 1);
    assert_eq!(store.blob_get(&blob).await.unwrap(), Some(vec![9; 1000]));
    let next = store
        .put_cas(&document, revision, Some(b"w".to_vec()))
        .await;
    assert!(next.unwrap() > revision, "revisions go on after a restart");
}

async fn next(changes: &mut Receiver<Change>) -> Change {
    let next = timeout(LIMIT, changes.recv()).await;
    next.expect("a change comes").expect("the watch goes on")
}

/// Writes while it listens: each write is heard once, in order, from the given revision on.
async fn a_watch_has_no_gap(store: Arc<dyn Store>) {
    let one = |number: usize| key("a", "watched", &format!("{number:04}"));
    let mut revisions = Vec::new();
    for number in 0..50 {
        let put = store.put_cas(&one(number), Revision::ABSENT, Some(vec![1]));
        revisions.push(put.await.unwrap());
    }
    let writer = Arc::clone(&store);
    let writes = tokio::spawn(async move {
        let mut revisions = Vec::new();
        for number in 50..150 {
            let put = writer.put_cas(&one(number), Revision::ABSENT, Some(vec![1]));
            revisions.push(put.await.unwrap());
            let other = key("b", "watched", &format!("{number:04}"));
            let foreign = writer.put_cas(&other, Revision::ABSENT, Some(vec![2]));
            foreign.await.unwrap();
        }
        revisions
    });
    let prefix = Key::all(&tenant("a"), "watched");
    let mut changes = store.watch(&prefix, revisions[9]).await.unwrap();
    let mut heard = Vec::new();
    while heard.len() < 140 {
        heard.push(next(&mut changes).await);
    }
    revisions.extend(writes.await.unwrap());
    let told: Vec<Revision> = heard.iter().map(|change| change.revision).collect();
    assert_eq!(told, revisions[10..]);
    let gone = store.put_cas(&one(3), revisions[3], None).await.unwrap();
    let last = next(&mut changes).await;
    assert_eq!((last.revision, last.value), (gone, None));
}

async fn a_slow_watcher_hears_the_newest_of_each(store: Arc<dyn Store>) {
    let prefix = Key::all(&tenant("a"), "slow");
    let mut changes = store.watch(&prefix, Revision::ABSENT).await.unwrap();
    let mut now = BTreeMap::new();
    for round in 0..3_u8 {
        let puts = (0..700).map(|number| {
            let key = key("a", "slow", &format!("{number:04}"));
            let before = now.get(key.as_str()).copied().unwrap_or_default();
            let put = store.put_cas(&key, before, Some(vec![round]));
            async move { (key.as_str().to_owned(), put.await.unwrap()) }
        });
        let puts: Vec<_> = puts.collect();
        now.extend(futures_util::future::join_all(puts).await);
    }
    let mut heard = BTreeMap::new();
    let mut last = Revision::ABSENT;
    while heard != now {
        let change = next(&mut changes).await;
        assert!(change.revision > last, "in the order of revisions");
        last = change.revision;
        heard.insert(change.key, change.revision);
    }
}

async fn streams_only_grow(store: &dyn Store, stream: &Key) {
    assert_eq!(store.last(stream).await.unwrap(), 0);
    assert!(store.read(stream, 0, 9).await.unwrap().is_empty());
    for number in 1..=20_u64 {
        let last = (number % 2 == 0).then_some(number - 1);
        let value = number.to_string().into_bytes();
        assert_eq!(store.append(stream, last, value).await.unwrap(), number);
    }
    let stale = store.append(stream, Some(3), b"again".to_vec()).await;
    let refused = matches!(stale, Err(StoreError::Conflict(Revision(20))));
    assert!(refused, "{stale:?}");
    let early = store.append(stream, Some(30), b"gap".to_vec()).await;
    let refused = matches!(early, Err(StoreError::Conflict(Revision(20))));
    assert!(refused, "{early:?}");
    let part = store.read(stream, 15, 3).await.unwrap();
    let numbers: Vec<u64> = part.iter().map(|record| record.sequence).collect();
    assert_eq!(
        (numbers, part[0].value.as_slice()),
        (vec![16, 17, 18], &b"16"[..])
    );
    let other = key("b", "stream", "one");
    assert_eq!(store.last(&other).await.unwrap(), 0, "another tenant's");
}

async fn many_are_added_together_or_not_at_all(store: &dyn Store, stream: &Key) {
    let last = store.last(stream).await.unwrap();
    let values = |start: u8| (start..start + 30).map(|n| vec![n]).collect::<Vec<_>>();
    let stale = store.append_all(stream, Some(last - 1), values(0)).await;
    assert!(matches!(stale, Err(StoreError::Conflict(_))), "{stale:?}");
    assert_eq!(store.last(stream).await.unwrap(), last, "nothing was added");
    let added = store.append_all(stream, Some(last), values(0)).await;
    assert_eq!(added.unwrap(), last + 30);
    let added = store.append_all(stream, None, values(100)).await;
    assert_eq!(added.unwrap(), last + 60);
    let read = store.read(stream, last, usize::MAX).await.unwrap();
    let told: Vec<u8> = read.iter().map(|record| record.value[0]).collect();
    let wanted: Vec<u8> = (0..30).chain(100..130).collect();
    assert_eq!(told, wanted);
}

async fn of_two_that_append_to_one_end_one_wins(store: Arc<dyn Store>, stream: Key) {
    let tries = (0..16).map(|number: u8| store.append(&stream, Some(0), vec![number]));
    let done = futures_util::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
    assert_eq!(store.last(&stream).await.unwrap(), 1);
}

async fn leases_pass_on_when_they_end(store: &dyn Store) {
    let wish = |holder: &str, now_ms| LeaseWish {
        name: "a/alerts".to_owned(),
        holder: holder.to_owned(),
        lasts: Duration::from_secs(10),
        now_ms,
    };
    let asked = async |holder, now_ms| store.lease(wish(holder, now_ms)).await.unwrap();
    assert_eq!(asked("one", 0).await, Lease::Ours(10_000));
    let theirs = Lease::Theirs {
        holder: "one".to_owned(),
        until_ms: 10_000,
    };
    assert_eq!(asked("two", 9_999).await, theirs);
    assert_eq!(asked("one", 5_000).await, Lease::Ours(15_000), "renewed");
    assert_eq!(asked("two", 15_000).await, Lease::Ours(25_000));
}

async fn blobs_are_replaced_whole(store: &dyn Store) {
    let name = key("a", "blob", "one");
    assert_eq!(store.blob_get(&name).await.unwrap(), None);
    for value in [vec![1; 300_000], vec![2; 5]] {
        store.blob_put(&name, value.clone()).await.unwrap();
        assert_eq!(store.blob_get(&name).await.unwrap(), Some(value));
    }
}

async fn what_is_too_large_is_refused(store: &dyn Store) {
    let large = vec![0; LONGEST_VALUE + 1];
    let key = key("a", "large", "one");
    let put = store
        .put_cas(&key, Revision::ABSENT, Some(large.clone()))
        .await;
    assert!(matches!(put, Err(StoreError::TooLarge(_))), "{put:?}");
    let added = store.append(&key, None, large).await;
    assert!(matches!(added, Err(StoreError::TooLarge(_))), "{added:?}");
    assert_eq!(store.get(&key).await.unwrap(), None);
    let longest = vec![7; LONGEST_VALUE];
    let put = store.put_cas(&key, Revision::ABSENT, Some(longest.clone()));
    put.await.unwrap();
    assert_eq!(store.get(&key).await.unwrap().unwrap().value, longest);
    assert_eq!(store.append(&key, None, longest).await.unwrap(), 1);
}
