//! Every board's file and every example that people are given is read by the checker.

use room_profile::{HeadPort, LinkKind, OWN_PTZ_MODELS, SourceFile, Sources, check};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> SourceFile {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    SourceFile::new(path.display().to_string(), text)
}

fn toml_files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("boards"))
        .expect("the folder boards is there")
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
}

fn is_example(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".example.toml")
}

fn boards() -> Vec<(String, SourceFile)> {
    toml_files()
        .iter()
        .filter(|path| !is_example(path))
        .map(|path| {
            (
                path.file_stem()
                    .expect("has a name")
                    .to_string_lossy()
                    .into_owned(),
                read(path),
            )
        })
        .collect()
}

fn ptz_models() -> Vec<(String, SourceFile)> {
    let folder = root().join("boards/devices/ptz");
    let files = fs::read_dir(folder).expect("the folder of models is there");
    files
        .map(|entry| entry.expect("an entry can be read").path())
        .map(|path| {
            let name = path
                .file_stem()
                .expect("has a name")
                .to_string_lossy()
                .into_owned();
            (name, read(&path))
        })
        .collect()
}

/// By name; which inputs each has is the driver's business.
fn display_models() -> Vec<(String, Vec<String>)> {
    let folder = root().join("boards/devices/display");
    let files = fs::read_dir(folder).expect("the folder of models is there");
    files
        .map(|entry| entry.expect("an entry can be read").path())
        .filter_map(|path| Some((path.file_stem()?.to_string_lossy().into_owned(), Vec::new())))
        .collect()
}

fn audio_models() -> Vec<(String, SourceFile)> {
    let folder = root().join("boards/devices/audio");
    let files = fs::read_dir(folder).expect("the folder of models is there");
    let named = |path: PathBuf| {
        Some((
            path.file_stem()?.to_string_lossy().into_owned(),
            read(&path),
        ))
    };
    files
        .filter_map(|entry| named(entry.expect("an entry can be read").path()))
        .collect()
}

fn sources(room: SourceFile) -> Sources {
    Sources {
        room,
        board: None,
        ptz_models: ptz_models(),
        display_models: display_models(),
        services: ["bbb", "jitsi", "practice"].map(str::to_owned).into(),
        boards: boards(),
        camera_models: vec![("common".to_owned(), SourceFile::new("common.toml", ""))],
        audio_models: audio_models(),
        folder: PathBuf::from("/room"),
    }
}

fn must_check(room: SourceFile, what: &str) {
    if let Err(problems) = check(&sources(room)) {
        panic!("{what}:\n{}", problems.lines().join("\n"));
    }
}

#[test]
fn every_board_makes_a_room() {
    let all = boards();
    assert!(all.len() >= 2, "boards were found");
    for (name, _) in &all {
        let room = format!("board = \"{name}\"\n[room]\nname = \"Room\"\n");
        must_check(SourceFile::new("room.toml", room), name);
    }
}

#[test]
fn every_camera_model_makes_a_head() {
    let all = ptz_models();
    assert!(all.len() >= 3, "models were found");
    for (name, file) in &all {
        let model = room_profile::ptz_model(file)
            .unwrap_or_else(|problems| panic!("{name}:\n{}", problems.lines().join("\n")));
        for key in &model.unverified {
            let doubt = format!("{name} doubts `{key}`, which is no key of a model");
            let known = [format!("`{key}`"), format!("`[{key}]`")];
            let reference = room_profile::reference();
            assert!(
                known.iter().any(|known| reference.contains(known)),
                "{doubt}"
            );
        }
        for (link, protocol) in model
            .links
            .iter()
            .flat_map(|link| model.protocols.iter().map(move |p| (link, p)))
        {
            let port = match link {
                LinkKind::Serial => "/dev/a",
                LinkKind::Tcp => "tcp://camera.example.org",
                LinkKind::Udp => "udp://10.0.0.7:1259",
                LinkKind::Sony => "sony://[2001:db8::7]",
                LinkKind::Usb => "/dev/video2",
            };
            let room = format!(
                "[room]\nname = \"R\"\n[heads.front]\nport = \"{port}\"\nprotocol = \"{}\"\nmodel = \"{name}\"\n",
                protocol.word()
            );
            must_check(
                SourceFile::new("room.toml", room),
                &format!("{name} at {port}"),
            );
        }
    }
}

#[test]
fn the_list_of_own_camera_models_is_the_folder() {
    let mut there: Vec<String> = ptz_models().into_iter().map(|(name, _)| name).collect();
    there.sort();
    let own: Vec<&str> = OWN_PTZ_MODELS.iter().map(|(name, _)| *name).collect();
    assert_eq!(own, there);
}

#[test]
fn every_example_is_right() {
    let examples: Vec<PathBuf> = toml_files()
        .into_iter()
        .filter(|path| is_example(path))
        .collect();
    assert!(!examples.is_empty(), "examples were found");
    for example in examples {
        must_check(read(&example), &example.display().to_string());
    }
}

/// A block marked ```toml room``` in any document is a whole room's file.
#[test]
fn every_room_in_a_document_is_right() {
    let documents = ["README.md", "daemon/ARCHITECTURE.md", "boards/README.md"];
    for document in documents {
        let Ok(text) = fs::read_to_string(root().join(document)) else {
            continue;
        };
        for (index, block) in text.split("```toml room\n").skip(1).enumerate() {
            let room = block.split("```").next().unwrap_or_default();
            let name = format!("{document}, room {}", index + 1);
            must_check(SourceFile::new(name.as_str(), room), &name);
        }
    }
}

#[test]
fn the_demo_has_its_kit() {
    let room = SourceFile::new("room.toml", "board = \"demo\"\n[room]\nname = \"Demo\"\n");
    let profile = check(&sources(room)).expect("the demo's board is right");
    let line = HeadPort::Serial {
        path: "/room/kit/front".into(),
        baud: 9600,
    };
    assert_eq!(profile.heads[0].port, line);
    assert_eq!(profile.pucks[0].puck.as_str(), "table");
    assert_eq!(profile.state_dir, Path::new("/room/state"));
    assert!(profile.browser.headless);
    assert_eq!(profile.browser.socket, Path::new("/room/run/browser.sock"));
    assert!(profile.faces.mirror);
}
