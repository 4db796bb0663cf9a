//! Times and numbers that are the same in every room. What differs from room to room stands in `plan::Policy`.
//! Knows nothing about what they limit.

use core::time::Duration;

/// A switch, the volume or the display is asked again when it was not seen to obey for this long.
pub const OBEY: Duration = Duration::from_secs(3);
/// So often, then it is a fault.
pub const OBEY_TRIES: u8 = 3;
/// A microphone or camera that did not open is shown as a fault for this long; it stays closed.
pub const REFUSAL_SHOWN: Duration = Duration::from_secs(20);
/// A switch that was open and cannot be read any more is closed after this long.
pub const UNREAD: Duration = Duration::from_secs(5);

/// Conference, graph and card may say different things about the microphone for this long: each takes its own time.
pub const MIC_SETTLE: Duration = Duration::from_secs(2);
/// So long after the sound server's return the browser's sound begins anew: the server's face for pages, which may have died
/// with it, is there by then, and a page that does not find it would take whatever else plays.
pub const SOUND_BACK: Duration = Duration::from_secs(2);
/// A role without any device is a fault after this: at a start and while the sound is made anew there is none for a moment.
pub const SOUND_UNUSED: Duration = Duration::from_secs(1);
/// The room's own canceller may be missing for this long: one that ended is started again at once, and takes its place by then.
pub const CANCELLER_SETTLE: Duration = Duration::from_secs(2);
/// How long the room says that somebody opened its microphone past it.
pub const MIC_FORCED: Duration = Duration::from_secs(30);
/// How long making the room's sound anew may take before it is called failed.
pub const SOUND_RESET: Duration = Duration::from_secs(4);
/// A room that is looked for shows itself at least so long,
pub const IDENTIFY_LEAST: Duration = Duration::from_secs(1);
/// and never longer than this.
pub const IDENTIFY_MOST: Duration = Duration::from_secs(300);
/// How long the room says that a picture of its page is taken, and shows nothing of meetings meanwhile, when nobody takes one.
pub const PICTURE: Duration = Duration::from_secs(20);
/// How long a preflight may take.
pub const PREFLIGHT: Duration = Duration::from_secs(120);
/// A preflight in the night that could not begin is made up for so long.
pub const PREFLIGHT_NIGHT: Duration = Duration::from_secs(3600);
/// How long an update of a table button may take; whoever writes gives up before that.
pub const FIRMWARE: Duration = Duration::from_secs(180);
/// One that failed is tried again by itself after this long,
pub const FIRMWARE_PAUSE: Duration = Duration::from_secs(3600);
/// and so often.
pub const FIRMWARE_TRIES: u8 = 3;
/// An update begins by itself only while no meeting is on or begins within this.
pub const FIRMWARE_CLEAR: Duration = Duration::from_secs(15 * 60);
/// How far ahead a meeting is looked for that wants a preflight; the plan's times are shorter.
pub const PREFLIGHT_AHEAD: Duration = Duration::from_secs(4 * 3600);
/// How far ahead lies the meeting that a preflight is about, such as the first of the day in the night before.
pub const PREFLIGHT_MEETING: Duration = Duration::from_secs(18 * 3600);
/// At most so many meetings of a day to come are looked at.
pub const PREFLIGHT_MEETINGS: usize = 32;
/// At most so many times at which a preflight was begun are remembered; a day has fewer.
pub const PREFLIGHT_BEGUN: usize = 64;

/// A page that was told to leave is destroyed after this long.
pub const LEAVE: Duration = Duration::from_secs(10);
/// A page that was not inside yet, likewise.
pub const GIVE_UP: Duration = Duration::from_secs(4);
/// How long a passcode may take to be typed.
pub const PASSCODE: Duration = Duration::from_secs(180);
/// How long a person may take to do what only a person may do.
pub const PERSON: Duration = Duration::from_secs(300);
/// Whoever acts on the page has at least so long for the next thing,
pub const PERSON_BUSY: Duration = Duration::from_secs(120);
/// but altogether no longer than this.
pub const PERSON_MOST: Duration = Duration::from_secs(1200);
/// How often in one call the room agrees by itself to what the operator agreed to; a page that asks on is for a person.
pub const AGREE_TIMES: u8 = 8;
/// How long it is said that the room was muted, or is asked to unmute.
pub const NOTE_SHOWN: Duration = Duration::from_secs(60);
/// How long a page that does not answer at all is waited for; never longer than the plan's limit for a lost connection.
pub const FROZEN: Duration = Duration::from_secs(10);
/// How long the call of an earlier daemon may take to be found.
pub const ADOPT: Duration = Duration::from_secs(20);
/// How long a call waits for the browser, or for a calendar that knows its target, before it fails.
pub const BROWSER: Duration = Duration::from_secs(60);
/// A call that held for this long has all its tries again.
pub const STEADY: Duration = Duration::from_secs(120);

/// How long after the running meeting's time the room leaves for the next one that it joins by itself.
pub const CHANGE_OVER: Duration = Duration::from_secs(120);
/// So long before it leaves at the booked end or because it is alone, the room says so.
pub const LEAVE_NOTICE: Duration = Duration::from_secs(300);
/// How long the end of a call by somebody else stays on the faces.
pub const ENDED_SHOWN: Duration = Duration::from_secs(60);
/// How long the failure of a call without a meeting stays on the faces.
pub const FAILED_SHOWN: Duration = Duration::from_secs(600);

/// Tries to prepare one page.
pub const WARM_TRIES: u8 = 3;
/// First pause between them; doubles.
pub const WARM_PAUSE: Duration = Duration::from_secs(10);

/// A continuous move ends by itself after this long unless the press is repeated.
pub const DRIVE: Duration = Duration::from_millis(500);
/// How long a head may take to answer a stop or a drive.
pub const HEAD_ANSWER: Duration = Duration::from_secs(5);
/// How long a head may take to arrive.
pub const HEAD_ARRIVE: Duration = Duration::from_secs(20);
/// How long a head may take to wake up or to fall asleep.
pub const HEAD_POWER: Duration = Duration::from_secs(30);
/// How often a sleeping head is woken in one call.
pub const HEAD_POWER_TRIES: u8 = 3;

/// A clock that moved by more than this against our own counting has jumped.
pub const JUMP: Duration = Duration::from_secs(5);
/// What was never heard of for this long after the start is a fault: clock, calendar, browser.
pub const SETTLE: Duration = Duration::from_secs(60);
/// A meeting that must not be joined again by itself is remembered for this long after its end.
pub const FINISHED_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// At most so many.
pub const FINISHED_MAX: usize = 256;
/// At most so many meetings are looked at; the calendar's window holds far fewer.
pub const MEETINGS_MAX: usize = 10_000;

/// The pause before try number `attempt` (from 1) of a rejoin: none before the first, then 3, 10 and 30 seconds.
pub fn rejoin_pause(attempt: u8) -> Duration {
    match attempt {
        0 | 1 => Duration::ZERO,
        2 => Duration::from_secs(3),
        3 => Duration::from_secs(10),
        _ => Duration::from_secs(30),
    }
}
