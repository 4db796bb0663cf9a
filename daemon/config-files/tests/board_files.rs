//! Which file of a board counts, and how one is judged by itself.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use config_files::{BoardFrom, ConfigError, Files, Released, judge_board};
use std::fs;

/// A board's file of this revision; none: it does not say.
fn released(board: &str, revision: Option<u32>, more: &str) -> Released {
    let revision = revision.map(|number| format!("revision = {number}\n"));
    let revision = revision.unwrap_or_default();
    Released::new(
        board,
        &format!("inherit = \"generic-pc\"\n[machine]\n{revision}title = \"A board\"\n{more}"),
    )
}

#[test]
fn of_the_boards_files_the_operators_counts_and_else_the_newest_one() {
    use BoardFrom::{Machine, Package, Release};
    let folder = tempfile::tempdir().unwrap();
    let room = folder.path().join("room.toml");
    fs::write(&room, "board = \"rock-5b\"\n[room]\nname = \"A\"\n").unwrap();
    let counts = |released: Option<Released>| {
        let files = Files {
            released,
            ..Files::new(room.clone(), None)
        };
        files.profile().unwrap();
        let file = files.board_file().unwrap().unwrap();
        assert_eq!(file.board, "rock-5b");
        (file.from, file.revision())
    };
    let cases = [
        (None, (Package, 1)),
        (Some(released("rock-5b", None, "")), (Package, 1)),
        (Some(released("rock-5b", Some(1), "")), (Package, 1)),
        (Some(released("rock-5b", Some(2), "")), (Release, 2)),
        (Some(released("generic-pc", Some(2), "")), (Package, 1)),
        (Some(released("raspberry-pi-5", Some(2), "")), (Package, 1)),
    ];
    for (released, wanted) in cases.clone() {
        assert_eq!(counts(released), wanted);
    }
    let own = folder.path().join("boards");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("rock-5b.toml"), "inherit = \"generic-pc\"\n").unwrap();
    for (released, _) in cases {
        assert_eq!(counts(released), (Machine, 1), "whatever was released");
    }
}

#[test]
fn a_board_that_is_inherited_is_not_the_released_one() {
    let folder = tempfile::tempdir().unwrap();
    let room = folder.path().join("room.toml");
    let port = |board: &str| {
        let text = format!("board = \"{board}\"\n[room]\nname = \"A\"\n");
        fs::write(&room, text).unwrap();
        let files = Files {
            released: Some(Released::new(
                "generic-pc",
                "[machine]\nrevision = 2\n[faces]\nlisten = \"127.0.0.1:9999\"\n",
            )),
            ..Files::new(room.clone(), None)
        };
        files.profile().unwrap().faces.listen.port()
    };
    assert_eq!((port("generic-pc"), port("rock-5b")), (9999, 8080));
}

#[test]
fn a_room_that_names_no_board_has_no_file_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let room = folder.path().join("room.toml");
    for text in [
        "[room]\nname = \"A\"\n",
        "board = 3\n",
        "board = \"rocket\"\n",
        "[room",
    ] {
        fs::write(&room, text).unwrap();
        let files = Files::new(room.clone(), None);
        assert!(files.board_file().unwrap().is_none(), "{text}");
    }
}

#[test]
fn a_board_is_judged_as_rooms_read_it() {
    let judged = |released: &Released| match judge_board(released) {
        Ok(()) => Vec::new(),
        Err(ConfigError::Wrong(problems)) => problems.lines(),
        Err(error) => panic!("{error}"),
    };
    let new = released(
        "rock-5b",
        Some(2),
        "[machine.lines]\n\"pin 3\" = \"GPIO2\"\n",
    );
    assert_eq!((judged(&new), new.revision()), (Vec::new(), 2));
    let unknown = released("kit-a", Some(1), "[heads.front]\nserial = \"/dev/ttyS1\"\n");
    assert_eq!(
        judged(&unknown),
        Vec::<String>::new(),
        "also one that is new"
    );
    let part = "[buttons.wall]\nline = \"GPIO27\"\n[heads.front]\nmodel = \"sony-evi-d70\"\n";
    let part = Released::new("kit-a", part);
    assert_eq!(
        judged(&part),
        Vec::<String>::new(),
        "what is missing the room's file says"
    );
    for (board, text, place, why) in [
        ("a", "[machine]\nrevision = 0\n", "2:12", "from 1 to 999999"),
        (
            "a",
            "[machine]\nrevision = \"2\"\n",
            "2:12",
            "without quotes",
        ),
        ("a", "[machine]\nlinse = 1\n", "2:1", "unknown key `linse`"),
        (
            "a",
            "[haeds.front]\nserial = \"/dev/ttyS1\"\n",
            "1:2",
            "unknown key `haeds`",
        ),
        (
            "a",
            "[heads.front]\nport = \"/dev/a\"\nmodel = \"sonny\"\n",
            "3:9",
            "sonny",
        ),
        (
            "a",
            "inherit = \"rock-5\"\n",
            "1:11",
            "there is no board `rock-5`",
        ),
        ("a", "inherit = \"a\"\n", "1:11", "inherits itself"),
        (
            "a",
            "[machine]\ntitle = \"A\"\n[machine.heat]\nwarm = 90\nslows = 80\n",
            "4:8",
            "before it is warm",
        ),
        ("a", "[machine\n", "1:9", "not TOML"),
    ] {
        let said = judged(&Released::new(board, text)).join("\n");
        let at = format!("boards/{board}.toml as released:{place}: ");
        assert!(said.contains(&at) && said.contains(why), "{text}: {said}");
    }
}
