//! What a driver of PTZ heads owes the room on every other link: TCP, UDP, Sony's datagrams, a chain, and heads that say nothing.
//! One list for all that answer; then what each link alone can do wrong. Nothing sleeps: every wait has a deadline.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use common::{Driver, SOON, drive, head, near, recall};
use drv_ptz::{
    Answers, HeadConfig, HeadModel, LineConfig, Numbering, Peer, Port, Protocol, channels,
};
use emulators::line::{LineServer, NumberQuirks, Site};
use emulators::pelco::{Dialect, PelcoHead, PelcoLine};
use emulators::visca::{CameraServer, FrameKind, Options, Quirks, preset_position};
use room_core::effect::HeadCommand;
use room_core::event::{HeadSeen, Outcome};
use room_core::failure::HeadFailure;
use room_core::units::{Position, PresetNumber, Switch};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

fn started(port: Port, protocol: Protocol, heads: Vec<HeadConfig>) -> Driver {
    Driver::start(LineConfig {
        port,
        protocol,
        heads,
        trace: None,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Tcp,
    Udp,
    Sony,
}

const LINKS: [Link; 3] = [Link::Tcp, Link::Udp, Link::Sony];

fn peer(address: SocketAddr) -> Peer {
    Peer {
        host: address.ip().to_string(),
        port: address.port(),
    }
}

fn camera(link: Link) -> (CameraServer, Port) {
    let site = match link {
        Link::Tcp => Site::Tcp { port: 0 },
        Link::Udp => Site::Udp { port: 0 },
        Link::Sony => Site::Sony { port: 0 },
    };
    let camera = CameraServer::on_network(site).unwrap();
    let peer = peer(camera.address().unwrap());
    let port = match link {
        Link::Tcp => Port::Tcp(peer),
        Link::Udp => Port::Udp(peer),
        Link::Sony => Port::Sony(peer, Numbering::Counted),
    };
    (camera, port)
}

fn visca(port: Port) -> Driver {
    started(port, Protocol::Visca, vec![head(1, HeadModel::COMMON)])
}

/// What holds on every link, in one life of one head.
async fn keeps_the_contract(link: Link) {
    let (camera, port) = camera(link);
    let mut driver = visca(port);
    driver.online(1).await;
    // Nobody knows what an earlier daemon left running.
    assert!(
        camera
            .wait(SOON, |camera| camera.count(FrameKind::Stop) > 0)
            .await
    );

    assert_eq!(driver.does(recall(1)).await, Outcome::Done);
    driver.stands_at(preset_position(1).unwrap()).await;
    let moved = driver
        .seen
        .iter()
        .any(|(_, seen)| matches!(seen, HeadSeen::At { moving: true, .. }));
    assert!(moved, "{link:?}: motion was seen on the way");
    assert_eq!(
        driver.does(HeadCommand::Store(PresetNumber(7))).await,
        Outcome::Done
    );

    assert_eq!(driver.does(drive(-40, 400)).await, Outcome::Done);
    assert!(
        camera.wait(SOON, |camera| !camera.is_moving()).await,
        "{link:?}: a drive ends by itself"
    );

    driver.does(drive(100, 20_000)).await;
    let overtaken = driver.ask(1, recall(2));
    let stop = driver.ask(1, HeadCommand::Stop);
    assert_eq!(driver.outcome(stop).await, Outcome::Done);
    assert_eq!(driver.outcome(overtaken).await, Outcome::Replaced);
    assert!(!camera.is_moving(), "{link:?}");

    let no_such = driver.does(recall(255)).await;
    assert_eq!(no_such, Outcome::Failed(HeadFailure::NoPreset));
    assert_eq!(
        driver.does(HeadCommand::Power(Switch::Closed)).await,
        Outcome::Done
    );
    let asleep = driver.does(HeadCommand::Home).await;
    assert_eq!(asleep, Outcome::Failed(HeadFailure::NotNow), "{link:?}");
    assert_eq!(
        driver.does(HeadCommand::Power(Switch::Open)).await,
        Outcome::Done
    );
    assert_eq!(driver.does(recall(7)).await, Outcome::Done);
    assert_eq!(camera.look(|camera| camera.overruns()), 0, "{link:?}");
}

#[tokio::test]
async fn every_network_link_keeps_the_contract() {
    tokio::join!(
        keeps_the_contract(Link::Tcp),
        keeps_the_contract(Link::Udp),
        keeps_the_contract(Link::Sony)
    );
}

#[tokio::test]
async fn bad_habits_cost_no_move_on_any_link() {
    let habits = [
        Quirks {
            late: Duration::from_millis(300),
            ..Quirks::default()
        },
        Quirks {
            doubled: true,
            ..Quirks::default()
        },
        Quirks {
            noise: true,
            ..Quirks::default()
        },
        Quirks {
            no_ack: true,
            ..Quirks::default()
        },
        Quirks {
            answers_as: Some(2),
            ..Quirks::default()
        },
        Quirks {
            losses: 2,
            ..Quirks::default()
        },
        Quirks {
            full: 1,
            ..Quirks::default()
        },
    ];
    let tries = LINKS
        .into_iter()
        .flat_map(|link| habits.map(|habit| (link, habit)));
    let tries = tries.map(|(link, habit)| async move {
        let (camera, port) = camera(link);
        let mut driver = visca(port);
        driver.label = format!("{link:?} {habit:?}");
        driver.online(1).await;
        camera.set_quirks(habit);
        let outcome = driver.does(recall(2)).await;
        assert_eq!(outcome, Outcome::Done, "{link:?} {habit:?}");
        let there = camera.wait(SOON, |camera| {
            near(camera.position(), preset_position(2).unwrap())
        });
        assert!(there.await, "{link:?} {habit:?}");
    });
    let mut all = tokio::task::JoinSet::new();
    tries.for_each(|one| drop(all.spawn(one)));
    while let Some(one) = all.join_next().await {
        one.unwrap();
    }
}

#[tokio::test]
async fn an_open_menu_is_told_as_not_now() {
    let (camera, port) = camera(Link::Tcp);
    let mut driver = visca(port);
    driver.online(1).await;
    camera.set_quirks(Quirks {
        menu_open: true,
        ..Quirks::default()
    });
    let outcome = driver.does(HeadCommand::Home).await;
    assert_eq!(outcome, Outcome::Failed(HeadFailure::NotNow));
}

#[tokio::test]
async fn a_camera_that_leaves_the_network_is_said_and_found_again() {
    for link in LINKS {
        let (camera, port) = camera(link);
        let mut driver = visca(port);
        driver.online(1).await;
        camera.unplug();
        driver
            .sees(1, "absence", |seen| matches!(seen, HeadSeen::Gone(_)))
            .await;
        let refused = driver.does(HeadCommand::Home).await;
        assert!(
            matches!(refused, Outcome::Failed(_)),
            "{link:?}: {refused:?}"
        );
        camera.plug();
        driver
            .sees(1, "return", |seen| *seen == HeadSeen::Online)
            .await;
        assert_eq!(
            driver.does(HeadCommand::Home).await,
            Outcome::Done,
            "{link:?}"
        );
    }
}

#[tokio::test]
async fn nobody_at_the_port_is_said_once() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let mut driver = visca(Port::Tcp(peer(address)));
    driver
        .sees(1, "absence", |seen| {
            *seen == HeadSeen::Gone(HeadFailure::NoAnswer)
        })
        .await;
    let stop = driver.ask(1, HeadCommand::Stop);
    assert_eq!(
        driver.outcome(stop).await,
        Outcome::Failed(HeadFailure::NoAnswer)
    );
    assert!(
        !driver
            .next(Instant::now() + Duration::from_millis(700))
            .await
    );
}

#[tokio::test]
async fn odd_numbers_of_sonys_datagrams_cost_no_move() {
    let habits = [
        NumberQuirks {
            lost_count: true,
            ..NumberQuirks::default()
        },
        NumberQuirks {
            wrong_length: true,
            ..NumberQuirks::default()
        },
        NumberQuirks {
            half: true,
            ..NumberQuirks::default()
        },
        NumberQuirks {
            loses_answers: 3,
            ..NumberQuirks::default()
        },
    ];
    for habit in habits {
        let (camera, port) = camera(Link::Sony);
        let mut driver = visca(port);
        driver.online(1).await;
        camera.set_number_quirks(habit);
        let outcome = driver.does(recall(2)).await;
        assert_eq!(outcome, Outcome::Done, "{habit:?}");
    }
    let (camera, Port::Sony(peer, _)) = camera(Link::Sony) else {
        panic!("a port of Sony's");
    };
    camera.set_number_quirks(NumberQuirks {
        always_one: true,
        no_reset: true,
        ..NumberQuirks::default()
    });
    let mut driver = visca(Port::Sony(peer, Numbering::Zero));
    driver.online(1).await;
    assert_eq!(driver.does(HeadCommand::Home).await, Outcome::Done);
}

#[tokio::test]
async fn another_speed_of_the_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("ptz");
    let camera = CameraServer::start(Options {
        link: link.clone(),
        baud: Some(9600),
    })
    .unwrap();
    camera.set_quirks(Quirks {
        garbage: true,
        ..Quirks::default()
    });
    let mut driver = visca(Port::Serial {
        path: link,
        baud: 9600,
    });
    driver
        .sees(1, "the wrong speed", |seen| {
            *seen == HeadSeen::Gone(HeadFailure::WrongBaud)
        })
        .await;
    camera.set_quirks(Quirks::default());
    driver
        .sees(1, "the camera", |seen| *seen == HeadSeen::Online)
        .await;
}

#[tokio::test]
async fn three_cameras_on_a_chain_turn_alone_and_a_silent_one_costs_the_others_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("ptz");
    let options = Options {
        link: link.clone(),
        baud: Some(9600),
    };
    let chain = CameraServer::chain(options, 3).unwrap();
    let heads = (1..=3)
        .map(|number| head(number, HeadModel::COMMON))
        .collect();
    let port = Port::Serial {
        path: link,
        baud: 9600,
    };
    let mut driver = started(port, Protocol::Visca, heads);
    for number in 1..=3 {
        driver.online(number).await;
    }
    chain.camera(1).set_quirks(Quirks {
        mute: true,
        ..Quirks::default()
    });
    driver
        .sees(2, "silence", |seen| {
            *seen == HeadSeen::Gone(HeadFailure::NoAnswer)
        })
        .await;
    let moved = [1, 3].map(|number| driver.ask(number, recall(number)));
    for request in moved {
        assert_eq!(driver.outcome(request).await, Outcome::Done);
    }
    let place = preset_position(1).unwrap();
    assert!(near(chain.camera(0).position(), place));
    assert!(!near(chain.camera(2).position(), place));
    let driven = driver.ask(3, drive(50, 20_000));
    assert_eq!(driver.outcome(driven).await, Outcome::Done);
    let stop = driver.ask(3, HeadCommand::Stop);
    assert_eq!(driver.outcome(stop).await, Outcome::Done);
    assert!(!chain.camera(2).is_moving());
    chain.camera(1).set_quirks(Quirks::default());
    driver
        .sees(2, "return", |seen| *seen == HeadSeen::Online)
        .await;
}

fn pelco(site: Site, heads: Vec<PelcoHead>) -> LineServer<PelcoLine> {
    PelcoLine::new(heads).start(site).unwrap()
}

#[tokio::test]
async fn pelco_heads_are_told_and_nothing_is_claimed() {
    let lines = [
        (Protocol::PelcoD, Dialect::D),
        (Protocol::PelcoP, Dialect::P),
    ];
    for (protocol, dialect) in lines {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("dome");
        let site = Site::Pty {
            link: link.clone(),
            baud: Some(2400),
        };
        let heads = vec![
            PelcoHead::new(dialect, 1, false),
            PelcoHead::new(dialect, 2, false),
        ];
        let line = pelco(site, heads);
        let configs = vec![head(1, HeadModel::COMMON), head(2, HeadModel::COMMON)];
        let port = Port::Serial {
            path: link,
            baud: 2400,
        };
        let mut driver = started(port, protocol, configs);
        driver.online(1).await;
        let frames = |at: usize| line.look(|line| line.head(at).seen().count());
        let turns = |at: usize| {
            let now = line.elapsed();
            line.look(|line| line.head(at).is_moving(now))
        };
        assert!(
            line.wait_until(SOON, || frames(0) >= 2 && frames(1) >= 2)
                .await
        );
        assert_eq!(driver.does(drive(50, 500)).await, Outcome::Sent);
        assert!(line.wait_until(SOON, || turns(0)).await);
        assert!(!turns(1), "the other head was not meant");
        assert!(
            line.wait_until(SOON, || !turns(0)).await,
            "a drive ends by itself"
        );
        assert_eq!(driver.does(recall(1)).await, Outcome::Sent);
        assert!(line.wait_until(SOON, || turns(0)).await);
        let before = frames(0);
        assert_eq!(driver.does(HeadCommand::Stop).await, Outcome::Sent);
        assert!(
            line.wait_until(SOON, || frames(0) == before + 2).await,
            "a stop is said twice"
        );
        assert!(!turns(0));
        let place = |(_, seen): &(String, HeadSeen)| matches!(seen, HeadSeen::At { .. });
        assert!(!driver.seen.iter().any(place), "{:?}", driver.seen);
    }
}

#[tokio::test]
async fn a_pelco_head_that_tells_its_place_is_seen_to_move_and_to_stand() {
    let line = pelco(
        Site::Tcp { port: 0 },
        vec![PelcoHead::new(Dialect::D, 1, true)],
    );
    let model = HeadModel {
        queries: true,
        ..HeadModel::COMMON
    };
    let port = Port::Tcp(peer(line.address().unwrap()));
    let mut driver = started(port, Protocol::PelcoD, vec![head(1, model)]);
    driver.online(1).await;
    driver.does(recall(1)).await;
    driver.moves().await;
    driver
        .stands_at(Position {
            pan: -4500,
            tilt: -250,
            zoom: 250,
        })
        .await;
}

#[tokio::test]
async fn a_camera_that_never_answers_obeys_all_the_same() {
    let (camera, port) = camera(Link::Udp);
    camera.set_quirks(Quirks {
        mute: true,
        ..Quirks::default()
    });
    let model = HeadModel {
        answers: Answers::Nothing,
        spacing: Duration::from_millis(100),
        ..HeadModel::COMMON
    };
    let mut driver = started(port, Protocol::Visca, vec![head(1, model)]);
    driver.online(1).await;
    assert_eq!(driver.does(recall(2)).await, Outcome::Sent);
    let place = preset_position(2).unwrap();
    assert!(
        camera
            .wait(SOON, |camera| near(camera.position(), place))
            .await
    );
    assert_eq!(camera.look(|camera| camera.overruns()), 0);
}

#[tokio::test]
async fn what_does_not_fit_together_is_named() {
    let config = |port, protocol| LineConfig {
        port,
        protocol,
        heads: vec![head(1, HeadModel::COMMON)],
        trace: None,
    };
    let (out, _events) = mpsc::channel(1);
    let (_, mut inbox) = channels(1);
    let serial = Port::Serial {
        path: "/dev/null".into(),
        baud: 9600,
    };
    let error = drv_ptz::run(&config(serial, Protocol::Uvc), &mut inbox, out.clone()).await;
    assert_eq!(error.failure(), HeadFailure::NotSupported, "{error}");
    let video = Port::Video {
        path: "/dev/null".into(),
        presets: None,
    };
    let error = drv_ptz::run(&config(video, Protocol::Uvc), &mut inbox, out).await;
    assert!(
        error.to_string().ends_with("does not work as a camera"),
        "{error}"
    );
}
