//! The package on a machine with a display: what the display itself shows, from the first start to a conference, with each program
//! under systemd and its unit's locks. Pictures come from the virtual card, as a cable to a display would carry them; the room's own
//! browser says by its pipe what it draws, and both must be one.

use crate::conference::{self, Conference};
use crate::life::{Count, Life};
use crate::machine::{Disk, Starts};
use crate::picture::Picture;
use crate::power::disk::copy;
use crate::run::{self, Place};
use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lab_guest::host::Device;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Chromium's start on two emulated processors takes one to two minutes, and many more beside other work: this is an end, no measure.
const SHOWN: Duration = Duration::from_secs(900);
/// Between two looks, each of which the guest is busy with.
const LOOK: Duration = Duration::from_secs(10);
/// Of a picture's surface, for what changed between two looks: a clock, a mark that blinks.
const CHANGED: f64 = 0.01;
/// Of a picture's surface, for what changed since an earlier start: the clock's digits, a fault.
const LATER: f64 = 0.08;
/// Writing and buttons take more of a display than this, and the ground of a page less than the rest.
const DRAWN: f64 = 0.01;

/// What is done and seen, and how.
type Step<'a> = (&'a str, &'a dyn Fn(&mut Life) -> Result<()>);

/// Where pictures are left for people to look at.
fn folder(place: &Place) -> Result<PathBuf> {
    let folder = place.target.join("lab-screens");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The whole story; whether all of it holds.
///
/// # Errors
/// No guest comes up, or there is no package.
pub fn show(place: &Place, package: &Path) -> Result<bool> {
    println!(
        "\n     Running a room on a display ({})",
        place.guest.name()
    );
    let began = Instant::now();
    let console = place.console(0);
    run::fresh_log(&console)?;
    let folder = folder(place)?;
    let kept = tempfile::Builder::new().tempdir_in(place.target.join("tmp"))?;
    let disk = kept.path().join("disk.img");
    copy(&place.image.disk(), &disk)?;
    let guest = place.up(&console, Disk::Kept(&disk), Starts::Everything)?;
    let mut life = Life::new(guest, place);
    let board = place.repo.join("boards/generic-pc.toml");
    let board = board.display().to_string();
    life.step(&["screen", &board])?;
    let package = package.display().to_string();
    let conference = Conference::open()?;
    let steps: [Step; 7] = [
        ("the_package_installs_and_runs", &|life| {
            life.step(&["install", &package]).map(drop)
        }),
        ("a_machine_without_a_room_says_set_me_up", &|life| {
            set_me_up(life, &folder)
        }),
        ("a_key_at_the_display_invites_a_phone", &|life| {
            invited(life, &folder)
        }),
        ("chromium_runs_in_its_sandbox_under_its_unit", &|life| {
            in_its_sandbox(life)
        }),
        ("the_room_shows_its_own_page", &|life| {
            of_its_own(life, &folder)
        }),
        ("the_room_joins_a_conference_of_its_own", &|life| {
            in_a_call(life, &folder)
        }),
        ("the_room_joins_a_conference_on_the_host", &|life| {
            elsewhere(life, &conference, &folder)
        }),
    ];
    let mut count = Count::default();
    let mut whole = true;
    for (name, step) in steps {
        let since = Instant::now();
        let done = step(&mut life);
        let failed = done.is_err();
        if !count.holds(&format!("display::{name}"), done) {
            println!("{}", life.step(&["told"]).unwrap_or_default());
        }
        println!("FIGURE {name} after {:.0} s", since.elapsed().as_secs_f64());
        if failed {
            whole = false;
            break;
        }
    }
    if whole {
        life.step(&["sync"])?;
        drop(life);
        let since = Instant::now();
        let again = after_a_start(place, &console, (&disk, &folder));
        count.holds(
            "display::after_a_start_the_display_is_the_rooms_again",
            again,
        );
        println!(
            "FIGURE shown after a start, {:.0} s",
            since.elapsed().as_secs_f64()
        );
    }
    Ok(count.end(began))
}

/// The same disk in a machine that starts: nobody does anything, and no login or text of the start keeps the display.
fn after_a_start(place: &Place, console: &Path, (disk, folder): (&Path, &Path)) -> Result<()> {
    let mut life = Life::new(
        place.up(console, Disk::Kept(disk), Starts::Everything)?,
        place,
    );
    let before = Picture::png(&std::fs::read(folder.join("ready.png"))?)?;
    let began = Instant::now();
    loop {
        let shown = life.devices().picture()?;
        shown.keep(&folder.join("after-a-start.png"))?;
        let page = life.step(&["page"]);
        let is_the_room = page.is_ok_and(|text| text.contains("data-room=\"Saal-1\""));
        let differs = shown.differs(&before);
        if is_the_room && differs < LATER {
            return Ok(());
        }
        if began.elapsed() > SHOWN {
            println!("{}", life.step(&["told"]).unwrap_or_default());
            bail!("{differs:.3} of the display is not the room's page as before");
        }
        std::thread::sleep(LOOK);
    }
}

/// What the browser draws, and the text of its page.
struct Page {
    text: String,
    drawn: Picture,
}

impl Page {
    fn of(life: &mut Life) -> Result<Page> {
        let text = life.step(&["page"])?;
        let drawn = life.step(&["mirror"])?;
        let drawn = STANDARD.decode(drawn.replace('\n', ""))?;
        let drawn = Picture::png(&drawn).context("the browser's picture of itself")?;
        Ok(Page { text, drawn })
    }
}

/// The display's picture, as soon as it is one with what the browser draws and the page says all of this.
fn seen(life: &mut Life, says: &[&str], keep: &Path) -> Result<(Picture, String)> {
    let began = Instant::now();
    loop {
        let found = look(life, says, keep);
        match found {
            Ok(found) => return Ok(found),
            Err(error) if began.elapsed() > SHOWN => {
                return Err(error.context(format!("not within {} s", SHOWN.as_secs())));
            }
            Err(_) => std::thread::sleep(LOOK),
        }
    }
}

fn look(life: &mut Life, says: &[&str], keep: &Path) -> Result<(Picture, String)> {
    let shown = life.devices().picture()?;
    shown.keep(keep)?;
    let Page { text, drawn } = Page::of(life)?;
    for part in says {
        ensure!(text.contains(part), "the page does not say '{part}'");
    }
    let surface = shown.drawn();
    ensure!(
        (DRAWN..0.9).contains(&surface),
        "{surface:.3} of the display is drawn on"
    );
    let differs = shown.differs(&drawn);
    let beside = keep.with_extension("drawn.png");
    drawn.keep(&beside)?;
    ensure!(
        differs < CHANGED,
        "{differs:.3} of the display, {:?}, is not what the browser draws, {:?}",
        shown.size(),
        drawn.size()
    );
    std::fs::remove_file(beside)?;
    Ok((shown, text))
}

/// Both languages, and the machine's code; and on the display there is nothing yet for a phone to read.
fn set_me_up(life: &mut Life, folder: &Path) -> Result<()> {
    let says = [
        "Set me up: this room is not set up yet.",
        "Dieser Raum ist noch nicht eingerichtet.",
        "data-begin",
    ];
    let (shown, text) = seen(life, &says, &folder.join("set-me-up.png"))?;
    let code = between(&text, "<p class=\"kit\">", "</p>").context("the machine's code")?;
    let code = between(code, "<strong>", "</strong>").unwrap_or_default();
    let code = code.replace(' ', "");
    ensure!(
        code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()),
        "'{code}' is no machine's code"
    );
    ensure!(shown.codes().is_empty(), "nobody was invited yet");
    Ok(())
}

/// Enter at a keyboard that was just plugged in goes through compositor and Chromium to the daemon, its wish through systemd to whoever
/// serves the page for a phone, and that one's address back to the display, where a phone reads it.
fn invited(life: &mut Life, folder: &Path) -> Result<()> {
    // As a person brings one who found none there.
    life.devices().plug(Device::Keyboard)?;
    life.step(&["keyboard"])?;
    life.devices().press("ret")?;
    let (shown, text) = seen(
        life,
        &["class=\"digits\"", "class=\"qr\""],
        &folder.join("invited.png"),
    )?;
    let url = between(&text, "<strong class=\"url\">", "</strong>").context("an address")?;
    let read = shown.codes();
    ensure!(
        read == [url],
        "a phone reads {read:?} at the display, the page says {url}"
    );
    life.step(&["phone", url]).map(drop)
}

/// As the kernel says of Chromium's processes: their account, their filter, whose namespaces.
fn in_its_sandbox(life: &mut Life) -> Result<()> {
    let said = life.step(&["sandbox"])?;
    println!("{said}");
    let pages: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("renderer "))
        .collect();
    ensure!(!pages.is_empty(), "no process draws a page");
    for page in pages {
        ensure!(
            page == "renderer account=roomd-browser filter=2 namespace=own unit=roomd-browser.service",
            "{page}"
        );
    }
    ensure!(said.contains("restarts=0"), "the unit began again");
    Ok(())
}

/// After a commissioning by script.
fn of_its_own(life: &mut Life, folder: &Path) -> Result<()> {
    life.step(&["commission", "Saal-1"])?;
    life.step(&["ready", "Saal-1"])?;
    life.step(&["sound"])?;
    ready(life, folder)
}

/// The room in a practice conference of its own, its camera opened as by a person in front of it.
fn in_a_call(life: &mut Life, folder: &Path) -> Result<()> {
    println!("{}", life.step(&["call"])?);
    in_the_picture(life, &folder.join("call.png"))?;
    life.step(&["leave"]).map(drop)
}

/// The same in a conference that another machine serves, which counts for itself who is there.
fn elsewhere(life: &mut Life, conference: &Conference, folder: &Path) -> Result<()> {
    conference.counts(0, Duration::ZERO)?;
    let port = conference.port().to_string();
    println!("{}", life.step(&["elsewhere", &port, conference::NAME])?);
    conference.counts(1, Duration::ZERO)?;
    in_the_picture(life, &folder.join("elsewhere.png"))?;
    life.step(&["leave"])?;
    conference.counts(0, LOOK)?;
    // The display names the standing conference from now on.
    ready(life, folder)
}

fn ready(life: &mut Life, folder: &Path) -> Result<()> {
    seen(life, &["data-room=\"Saal-1\""], &folder.join("ready.png")).map(drop)
}

fn in_the_picture(life: &mut Life, keep: &Path) -> Result<()> {
    let shown = life.devices().picture()?;
    shown.keep(keep)?;
    ensure!(shown.drawn() > DRAWN, "the display is empty");
    Ok(())
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?
        .1
        .split_once(after)
        .map(|(part, _)| part)
}
