//! Every store keeps the same promises: one list of them, run against each. And a writer that is killed loses nothing that it was
//! told is kept.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod conformance;
mod crash;

use fleetd::store::{Key, Page, Revision, Sqlite, Store, backup};
use std::sync::Arc;

fn open(folder: &std::path::Path) -> Arc<dyn Store> {
    Arc::new(Sqlite::open(&folder.join("fleet.db")).unwrap())
}

async fn fill(store: &dyn Store, count: usize) {
    let before = self::count(store).await;
    let puts = (before..before + count).map(|number| {
        let key = conformance::key("a", "many", &format!("{number:05}"));
        store.put_cas(&key, Revision::ABSENT, Some(b"x".to_vec()))
    });
    for put in futures_util::future::join_all(puts).await {
        put.unwrap();
    }
}

async fn count(store: &dyn Store) -> usize {
    let all = Page {
        after: None,
        limit: usize::MAX,
    };
    let many = store
        .list(&Key::all(&conformance::tenant("a"), "many"), all)
        .await;
    many.unwrap().len()
}

#[tokio::test]
async fn sqlite_keeps_every_promise() {
    let folder = tempfile::tempdir().unwrap();
    conformance::run(&|| open(folder.path())).await;
}

#[tokio::test]
async fn a_copy_is_whole_and_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    fill(&*store, 300).await;
    let copy = folder.path().join("copy.db");
    backup(&folder.path().join("fleet.db"), &copy).unwrap();
    fill(&*store, 1).await;
    let again = backup(&folder.path().join("fleet.db"), &copy).unwrap_err();
    assert!(again.to_string().contains("exists"), "{again}");
    let copied: Arc<dyn Store> = Arc::new(Sqlite::open(&copy).unwrap());
    assert_eq!(count(&*copied).await, 300);
    assert_eq!(count(&*store).await, 301);
}
