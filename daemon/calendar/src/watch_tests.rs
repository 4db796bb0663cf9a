//! The watcher over files in virtual time, and over a Radicale that comes and goes.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicI64, Ordering},
};

use tokio::time::timeout;

use super::*;
use crate::{
    private::Link,
    recognise::HostTable,
    source::{HttpLimits, Place, test_servers::*},
};

/// Monday 2026-01-05, 07:00 UTC.
const NOW: UnixMs = UnixMs(1_767_596_400_000);
const LINK: &str = "LOCATION:https://meet.jit.si/Amt50\r\n";

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n")
}

fn file(name: &str, path: &Path) -> Source {
    let path = path.to_owned();
    Source {
        name: name.into(),
        place: Place::File { path },
        interval: Duration::from_secs(60),
    }
}

struct Stage {
    folder: tempfile::TempDir,
    time: Arc<AtomicI64>,
}

impl Stage {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            time: Arc::new(AtomicI64::new(NOW.0)),
        }
    }

    fn config(&self, sources: Vec<Source>) -> WatchConfig {
        let time = self.time.clone();
        WatchConfig {
            sources,
            view: RoomView {
                zone: Zone::by_name("Europe/Berlin").expect("a zone"),
                addresses: Vec::new(),
                hosts: HostTable::new(),
            },
            state_folder: Some(self.folder.path().join("state")),
            clock: Arc::new(move || UnixMs(time.load(Ordering::SeqCst))),
        }
    }

    fn write(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.folder.path().join(name);
        // Replaced in one go, as a careful program does it.
        fs::write(path.with_extension("part"), text).expect("a file");
        fs::rename(path.with_extension("part"), &path).expect("a file");
        path
    }
}

/// Waits until a snapshot is as wanted; gives up after a while.
async fn until(
    snapshots: &mut watch::Receiver<CalendarSnapshot>,
    wanted: impl FnMut(&CalendarSnapshot) -> bool,
) -> CalendarSnapshot {
    let found = timeout(Duration::from_secs(400), snapshots.wait_for(wanted)).await;
    found.expect("in time").expect("a watcher").clone()
}

fn titles(snapshot: &CalendarSnapshot) -> String {
    snapshot
        .meetings
        .iter()
        .map(|meeting| meeting.title.reveal())
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_stale(snapshot: &CalendarSnapshot) -> bool {
    matches!(snapshot.sources[0].health, Health::Stale { .. })
}

#[tokio::test(start_paused = true)]
async fn a_changed_file_is_noticed_within_seconds() {
    let stage = Stage::new();
    let path = stage.write("a.ics", &calendar(&event("a", "20260105T080000Z", LINK)));
    let watcher = Watcher::start(stage.config(vec![file("raum", &path)]));
    let mut snapshots = watcher.subscribe();
    let first = until(&mut snapshots, |s| s.sources[0].health == Health::Fresh).await;
    assert_eq!(
        (titles(&first), first.meetings[0].target.is_some()),
        ("a".to_owned(), true)
    );
    let begun = Instant::now();
    stage.write(
        "a.ics",
        &calendar(&(event("a", "20260105T080000Z", "") + &event("bb", "20260106T080000Z", ""))),
    );
    until(&mut snapshots, |s| titles(s) == "a bb").await;
    assert!(begun.elapsed() <= FILE_LOOK * 2, "{:?}", begun.elapsed());
    watcher.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_bad_file_and_a_missing_one_leave_the_last_good_copy_in_use() {
    let stage = Stage::new();
    let path = stage.write("a.ics", &calendar(&event("a", "20260105T080000Z", "")));
    let config = stage.config(vec![file("raum", &path)]);
    let watcher = Watcher::start(config.clone());
    let mut snapshots = watcher.subscribe();
    until(&mut snapshots, |s| titles(s) == "a").await;
    stage.write("a.ics", "<html>Bitte anmelden</html>");
    stage.time.fetch_add(60_000, Ordering::SeqCst);
    let stale = until(&mut snapshots, is_stale).await;
    assert_eq!(titles(&stale), "a");
    fs::remove_file(&path).expect("removed");
    let gone = |s: &CalendarSnapshot| matches!(&s.sources[0].health, Health::Stale { error, .. } if *error == SourceError::NotFound);
    until(&mut snapshots, gone).await;
    watcher.stop().await;

    let watcher = Watcher::start(config);
    let after_restart = until(&mut watcher.subscribe(), is_stale).await;
    let Health::Stale { since, .. } = after_restart.sources[0].health else {
        panic!("not stale")
    };
    assert_eq!(
        (titles(&after_restart), since),
        ("a".to_owned(), NOW),
        "it says how old the copy is"
    );
    watcher.stop().await;
}

#[tokio::test(start_paused = true)]
async fn half_a_file_takes_nothing_away() {
    let stage = Stage::new();
    let both =
        calendar(&(event("a", "20260105T080000Z", "") + &event("b", "20260106T080000Z", "")));
    let path = stage.write("a.ics", &both);
    let config = stage.config(vec![file("raum", &path)]);
    let watcher = Watcher::start(config.clone());
    let mut snapshots = watcher.subscribe();
    until(&mut snapshots, |s| titles(s) == "a b").await;
    let moved = both.replace("20260105T08", "20260107T08");
    stage.write("a.ics", &moved[..moved.find("UID:b").expect("b") + 3]);
    let half = until(&mut snapshots, |s| !s.sources[0].problems.is_empty()).await;
    assert_eq!(
        titles(&half),
        "b a",
        "the moved one is moved, the missing one is kept"
    );
    assert!(matches!(
        half.sources[0].problems[..],
        [Problem::HalfFile { .. }]
    ));
    watcher.stop().await;

    fs::remove_file(&path).expect("removed");
    let watcher = Watcher::start(config);
    let kept = until(&mut watcher.subscribe(), is_stale).await;
    assert_eq!(
        titles(&kept),
        "a b",
        "the copy on disk is the last whole one"
    );
    watcher.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_window_moves_along_with_the_time() {
    let stage = Stage::new();
    let path = stage.write(
        "a.ics",
        &calendar(&event("s", "20260105T080000Z", "RRULE:FREQ=WEEKLY\r\n")),
    );
    let watcher = Watcher::start(stage.config(vec![file("raum", &path)]));
    let mut snapshots = watcher.subscribe();
    let first = until(&mut snapshots, |s| !s.meetings.is_empty()).await;
    stage.time.fetch_add(7 * UnixMs::DAY, Ordering::SeqCst);
    let next = until(&mut snapshots, |s| s.meetings != first.meetings).await;
    assert_eq!(next.meetings[0].start, first.meetings[1].start);
    watcher.stop().await;
}

#[tokio::test(start_paused = true)]
async fn several_calendars_are_merged_and_one_bad_one_harms_no_other() {
    let stage = Stage::new();
    let one = stage.write("1.ics", &calendar(&event("a", "20260105T080000Z", "")));
    let two = stage.write(
        "2.ics",
        &calendar(&(event("a", "20260105T080000Z", LINK) + &event("b", "20260106T080000Z", ""))),
    );
    let sources = vec![
        file("eins", &one),
        file("zwei", &two),
        file("drei", Path::new("/no/such/file.ics")),
    ];
    let watcher = Watcher::start(stage.config(sources));
    let all_read = |s: &CalendarSnapshot| {
        s.sources
            .iter()
            .all(|source| source.health != Health::Waiting)
    };
    let found = until(&mut watcher.subscribe(), all_read).await;
    assert_eq!(titles(&found), "a b");
    assert_eq!(
        found.meetings[0].source, "zwei",
        "the one that can be joined"
    );
    assert_eq!(
        found.sources[2].health,
        Health::Failed {
            error: SourceError::NotFound
        }
    );
    watcher.stop().await;
}

#[tokio::test(start_paused = true)]
async fn copies_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::new();
    let path = stage.write("a.ics", &calendar(&event("a", "20260105T080000Z", "")));
    let watcher = Watcher::start(stage.config(vec![file("Räum/../12", &path)]));
    until(&mut watcher.subscribe(), |s| !s.meetings.is_empty()).await;
    let state = stage.folder.path().join("state");
    let saved = || {
        fs::read_dir(&state).is_ok_and(|mut dir| {
            dir.any(|e| e.is_ok_and(|e| e.path().extension().is_some_and(|x| x == "json")))
        })
    };
    // The disk does not know of virtual time: its patience is real.
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while !saved() {
        assert!(std::time::Instant::now() < deadline, "nothing was saved");
        tokio::time::advance(Duration::from_millis(10)).await;
        tokio::task::spawn_blocking(|| {}).await.expect("a turn");
    }
    for entry in fs::read_dir(&state).expect("a folder") {
        let mode = entry
            .expect("a file")
            .metadata()
            .expect("its data")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    watcher.stop().await;
}

#[test]
fn waiting_doubles_up_to_half_an_hour_and_wrong_passwords_wait_longest_at_once() {
    let waits: Vec<u64> = (0..8).map(|n| retry_after(n, false).as_secs()).collect();
    assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1800, 1800]);
    assert_eq!(retry_after(u32::MAX, false), LONGEST_RETRY);
    assert_eq!(retry_after(0, true), LONGEST_RETRY);
}

#[tokio::test]
async fn a_caldav_server_that_goes_away_leaves_the_last_good_copy_in_use_and_is_read_again_when_back()
 {
    let Some(mut server) = Radicale::start() else {
        return;
    };
    server.make_calendar("raum", "VEVENT").await;
    server
        .put("raum/a.ics", &event("a", "20260105T080000Z", LINK))
        .await;
    let stage = Stage::new();
    let source = Source {
        name: "raum".into(),
        place: server.place("", PASSWORD, &[]),
        interval: Duration::from_secs(600),
    };
    let config = stage.config(vec![source]);
    let watcher = Watcher::start(config.clone());
    let mut snapshots = watcher.subscribe();
    until(&mut snapshots, |s| titles(s) == "a").await;
    server.stop();
    watcher.refresh();
    let stale = until(&mut snapshots, is_stale).await;
    assert_eq!(titles(&stale), "a");
    watcher.stop().await;

    let watcher = Watcher::start(config);
    let mut snapshots = watcher.subscribe();
    let offline = until(&mut snapshots, is_stale).await;
    assert_eq!(
        (titles(&offline), offline.meetings[0].target.is_some()),
        ("a".to_owned(), true)
    );

    server.restart();
    server
        .put("raum/b.ics", &event("b", "20260106T080000Z", ""))
        .await;
    watcher.refresh();
    let back = until(&mut snapshots, |s| s.sources[0].health == Health::Fresh).await;
    assert_eq!(titles(&back), "a b");
    watcher.stop().await;
}

#[tokio::test]
async fn an_address_that_cannot_be_one_is_named_and_not_tried() {
    let place = Place::Url {
        link: Link::new("calendar.example/x"),
        login: None,
        limits: HttpLimits::default(),
    };
    let source = Source {
        name: "raum".into(),
        place,
        interval: Duration::from_secs(60),
    };
    let stage = Stage::new();
    let watcher = Watcher::start(stage.config(vec![source]));
    let found = until(&mut watcher.subscribe(), |s| {
        s.sources[0].health != Health::Waiting
    })
    .await;
    assert!(matches!(
        &found.sources[0].health,
        Health::Failed {
            error: SourceError::BadAddress { .. }
        }
    ));
    watcher.stop().await;
}
