//! Which meeting is announced, prepared, joined by itself, offered or contested at a moment.
//! Pure questions to a calendar, a policy and a time; knows no call and no page.
//!
//! - *joinable*: has a target, takes place, is not exempt. A person may join it from `announce_before` on until its end.
//! - *contender*: joinable, not all-day, longer than nothing. Only contenders are joined by themselves, are due, or contest.
//! - *contested*: at its begin (or now, when it has begun) another contender that is not finished is on.
//!   One that ends exactly when the other begins does not contest it, nor does one with the very same link (a twin: the same
//!   meeting out of two calendars).
//! - *due*: what a press of the one big button joins: the one contender that is on; else the next one announced; else the one
//!   that was left and is still on. Two of a kind: none, somebody must choose.

use crate::ids::MeetingId;
use crate::meeting::{Conference, Meeting, MeetingStatus, Target};
use crate::plan::{JoinPolicy, Policy};
use crate::units::Wall;
use core::cmp::Reverse;
use core::time::Duration;

/// Everything that the questions need.
#[derive(Clone, Copy)]
pub(crate) struct Agenda<'a> {
    /// Sorted by start.
    pub meetings: &'a [Meeting],
    pub policy: &'a Policy,
    pub finished: &'a [(MeetingId, Wall)],
    /// Whether anything may happen by itself.
    pub trusted: bool,
    pub now: Wall,
}

/// What the one big button would join.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Due<'a> {
    Nothing,
    One(&'a Meeting),
    /// The first of several.
    Several(&'a Meeting),
}

/// Where a meeting's conference is, when it may be joined at all.
pub(crate) fn target(meeting: &Meeting) -> Option<&Target> {
    let takes_place = meeting.status != MeetingStatus::Cancelled && !meeting.exempt;
    match &meeting.conference {
        Conference::At(target) if takes_place => Some(target),
        Conference::At(_) | Conference::Nowhere(_) => None,
    }
}

/// Whether both lead to the same conference.
pub(crate) fn twins(one: &Meeting, other: &Meeting) -> bool {
    match (&one.conference, &other.conference) {
        (Conference::At(one), Conference::At(other)) => one.same_place(other),
        (Conference::At(_) | Conference::Nowhere(_), _) => false,
    }
}

fn contender(meeting: &Meeting) -> bool {
    target(meeting).is_some() && !meeting.all_day && meeting.start < meeting.end
}

fn on(meeting: &Meeting, at: Wall) -> bool {
    meeting.start <= at && at < meeting.end
}

impl<'a> Agenda<'a> {
    pub fn find(&self, id: &MeetingId) -> Option<&'a Meeting> {
        self.meetings.iter().find(|m| m.id == *id)
    }

    fn finished(&self, meeting: &Meeting) -> bool {
        self.finished.iter().any(|(id, _)| *id == meeting.id)
    }

    /// Contenders that were not joined and left before, and begin at the latest `ahead` from now.
    fn open(&self, ahead: Duration) -> impl Iterator<Item = &'a Meeting> + use<'a> {
        let agenda = *self;
        let horizon = self.now.plus(ahead);
        self.meetings
            .iter()
            .take_while(move |m| m.start <= horizon)
            .filter(move |m| agenda.now < m.end && contender(m) && !agenda.finished(m))
    }

    /// The next contender that has not begun, at most so far ahead.
    pub fn next_open(&self, ahead: Duration) -> Option<&'a Meeting> {
        let now = self.now;
        self.open(ahead).find(|m| m.start > now)
    }

    /// Whether any meeting is on, or begins at the latest `ahead` from now, whoever may join it.
    pub fn occupied(&self, ahead: Duration) -> bool {
        let (now, horizon) = (self.now, self.now.plus(ahead));
        let meets = |m: &Meeting| !m.all_day && m.start <= horizon && now < m.end;
        self.meetings.iter().any(meets)
    }

    fn on_its_own(&self, meeting: &Meeting) -> bool {
        meeting.join.unwrap_or(self.policy.join) == JoinPolicy::ByItself
    }

    /// Another open contender that is on when this one begins, or now, and leads elsewhere.
    fn rival(&self, meeting: &Meeting) -> Option<&'a Meeting> {
        let at = self.now.max(meeting.start);
        self.open(at.since(self.now))
            .find(|m| m.id != meeting.id && on(m, at) && !twins(m, meeting))
    }

    /// When the room joins this meeting by itself; in the past when it should have by now.
    pub fn joins_at(&self, meeting: &Meeting) -> Option<Wall> {
        let in_time = self.now <= meeting.start.plus(self.policy.join_late_limit);
        (in_time && self.wanted(meeting)).then(|| meeting.start.minus(self.policy.join_before))
    }

    /// Whether the room may still go on to this meeting, however late the one before let it go.
    pub fn follows_now(&self, meeting: &Meeting) -> bool {
        self.wanted(meeting) && meeting.start.minus(self.policy.join_before) <= self.now
    }

    /// Whether the room goes to this meeting by itself, if the time is right.
    fn wanted(&self, meeting: &Meeting) -> bool {
        let asked = contender(meeting) && self.on_its_own(meeting) && !self.finished(meeting);
        self.trusted && asked && self.now < meeting.end && self.rival(meeting).is_none()
    }

    /// The meeting to join by itself now.
    pub fn joined_now(&self) -> Option<&'a Meeting> {
        self.open(self.policy.join_before)
            .find(|m| self.joins_at(m).is_some_and(|t| t <= self.now))
    }

    /// The meeting whose page shall be prepared now.
    pub fn warmed_now(&self) -> Option<&'a Meeting> {
        self.open(self.policy.warm_before).find(|m| {
            let useful = self.now <= m.start.plus(self.policy.join_late_limit);
            useful && self.rival(m).is_none()
        })
    }

    /// Whether a person may join this meeting now. A clock that is wrong is no reason to refuse.
    pub fn pressable(&self, meeting: &Meeting) -> bool {
        let in_time = meeting.start.minus(self.policy.announce_before) <= self.now
            && self.now
                < meeting
                    .end
                    .max(meeting.start.plus(Duration::from_millis(1)));
        target(meeting).is_some() && (in_time || !self.trusted)
    }

    /// Meetings that a person may join now: those that are on first, then by start; all-day entries last.
    pub fn offered(&self, at_most: usize) -> Vec<&'a Meeting> {
        let mut offered: Vec<&Meeting> =
            self.meetings.iter().filter(|m| self.pressable(m)).collect();
        offered.sort_by_key(|m| (m.all_day, Reverse(on(m, self.now)), m.start));
        offered.truncate(at_most);
        offered
    }

    /// What the one big button joins.
    pub fn due(&self) -> Due<'a> {
        let mut running = self.open(Duration::ZERO);
        if let Some(first) = running.next() {
            return pick(first, running.any(|m| !twins(m, first)));
        }
        let mut coming = self.open(self.policy.announce_before);
        if let Some(first) = coming.next() {
            let rival = coming
                .take_while(|m| m.start == first.start)
                .any(|m| !twins(m, first));
            return pick(first, rival);
        }
        let mut left = self
            .meetings
            .iter()
            .filter(|m| on(m, self.now) && contender(m));
        match left.next() {
            Some(first) => pick(first, left.any(|m| !twins(m, first))),
            None => Due::Nothing,
        }
    }

    /// The meeting that the faces announce.
    pub fn announced(&self) -> Option<&'a Meeting> {
        self.open(self.policy.announce_before).next()
    }

    /// Two meetings that want the room at the same time, the announced ones included; not when one was `chosen` by a person.
    /// Since when: the begin of the overlap, or its announcement.
    pub fn double_booked(&self, chosen: Option<&MeetingId>) -> Option<Wall> {
        let is_chosen = |m: &Meeting| Some(&m.id) == chosen;
        self.open(self.policy.announce_before)
            .filter(|m| !is_chosen(m))
            .filter_map(|m| self.rival(m).map(|r| (m, r)))
            .find(|(_, r)| !is_chosen(r))
            .map(|(m, r)| m.start.max(r.start).minus(self.policy.announce_before))
    }

    /// The next meeting that the room joins by itself and for which it leaves the one it is in.
    /// It begins after `after` and not before `booked_end`.
    pub fn follower(
        &self,
        current: Option<&MeetingId>,
        booked_end: Option<Wall>,
        after: Wall,
    ) -> Option<&'a Meeting> {
        if !self.trusted {
            return None;
        }
        self.open(self.policy.announce_before).find(|m| {
            Some(&m.id) != current
                && self.on_its_own(m)
                && m.start > after
                && booked_end.is_none_or(|end| m.start >= end)
                && self.rival(m).is_none_or(|r| Some(&r.id) == current)
        })
    }

    /// Meetings that are not over, by start.
    pub fn upcoming(&self, at_most: usize) -> impl Iterator<Item = &'a Meeting> + use<'a> {
        let now = self.now;
        self.meetings
            .iter()
            .filter(move |m| now < m.end || now <= m.start)
            .take(at_most)
    }

    /// The next time at which an answer above may change.
    pub fn next_change(&self) -> Option<Wall> {
        let p = self.policy;
        let widest = p.announce_before.max(p.warm_before).max(p.join_before);
        let mut next: Option<Wall> = None;
        for m in self.meetings {
            if next.is_some_and(|n| m.start.minus(widest) >= n) {
                break;
            }
            let moment = Duration::from_millis(1);
            let times = [
                m.start.minus(p.announce_before),
                m.start.minus(p.warm_before),
                m.start.minus(p.join_before),
                m.start,
                m.start.plus(moment),
                m.start.plus(p.join_late_limit).plus(moment),
                m.end,
            ];
            let soonest = times.into_iter().filter(|t| *t > self.now).min();
            next = [next, soonest].into_iter().flatten().min();
        }
        next
    }
}

fn pick(first: &Meeting, more: bool) -> Due<'_> {
    if more {
        Due::Several(first)
    } else {
        Due::One(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{at, meeting, plan, target as target_to};

    /// Asks an agenda of these meetings at a minute.
    fn ask<T>(meetings: &[Meeting], minute: i64, question: impl Fn(Agenda) -> T) -> T {
        asked(meetings, &[], minute, question)
    }

    fn asked<T>(
        meetings: &[Meeting],
        finished: &[(MeetingId, Wall)],
        minute: i64,
        question: impl Fn(Agenda) -> T,
    ) -> T {
        let plan = plan();
        question(Agenda {
            meetings,
            policy: &plan.policy,
            finished,
            trusted: true,
            now: at(minute),
        })
    }

    fn joined(meetings: &[Meeting], minute: i64) -> Option<String> {
        ask(meetings, minute, |a| {
            a.joined_now().map(|m| m.id.to_string())
        })
    }

    fn due(meetings: &[Meeting], minute: i64) -> String {
        ask(meetings, minute, |a| match a.due() {
            Due::Nothing => "nothing".to_owned(),
            Due::One(m) => m.id.to_string(),
            Due::Several(_) => "several".to_owned(),
        })
    }

    #[test]
    fn a_meeting_is_joined_in_its_time_only() {
        let meetings = [meeting("a", 60, 120)];
        let minutes = [58, 59, 60, 70, 71, 119, 120];
        let answers = minutes.map(|minute| joined(&meetings, minute).is_some());
        assert_eq!(answers, [false, true, true, true, false, false, false]);
    }

    #[test]
    fn what_must_not_be_joined_by_itself_is_not() {
        type Change = fn(&mut Meeting);
        let changes: [(&str, Change); 5] = [
            ("cancelled", |m| m.status = MeetingStatus::Cancelled),
            ("exempt", |m| m.exempt = true),
            ("all day", |m| m.all_day = true),
            ("on press", |m| m.join = Some(JoinPolicy::OnPress)),
            ("without length", |m| m.end = m.start),
        ];
        for (name, change) in changes {
            let mut changed = meeting("a", 60, 120);
            change(&mut changed);
            assert_eq!(joined(&[changed], 60), None, "{name}");
        }
        let mut tentative = meeting("a", 60, 120);
        tentative.status = MeetingStatus::Tentative;
        assert!(joined(&[tentative], 60).is_some());
        let done = [(MeetingId::new("a"), at(9999))];
        let one = [meeting("a", 60, 120)];
        assert!(asked(&one, &done, 60, |a| a.joined_now().is_none()));
    }

    #[test]
    fn neighbours_do_not_contest_and_overlaps_do() {
        let neighbours = [meeting("a", 0, 60), meeting("b", 60, 120)];
        assert_eq!(joined(&neighbours, 59).as_deref(), Some("b"));
        let overlap = [meeting("a", 0, 61), meeting("b", 60, 120)];
        assert_eq!(joined(&overlap, 59), None);
        assert!(ask(&overlap, 59, |a| a.double_booked(None)).is_some());
        let chosen = MeetingId::new("a");
        assert!(ask(&overlap, 59, |a| a.double_booked(Some(&chosen))).is_none());
    }

    #[test]
    fn the_same_conference_twice_is_no_conflict() {
        let mut twin = meeting("b", 60, 120);
        twin.conference = Conference::At(target_to("a"));
        let meetings = [meeting("a", 60, 120), twin];
        assert_eq!(joined(&meetings, 60).as_deref(), Some("a"));
        assert_eq!(due(&meetings, 60), "a");
        assert!(ask(&meetings, 60, |a| a.double_booked(None)).is_none());
    }

    #[test]
    fn the_big_button_means_what_is_due() {
        let meetings = [
            meeting("a", 60, 120),
            meeting("b", 90, 100),
            meeting("c", 120, 130),
        ];
        let answers = [44, 45, 59, 60, 89, 90, 100, 120, 130].map(|m| due(&meetings, m));
        let expected = [
            "nothing", "a", "a", "a", "a", "several", "a", "c", "nothing",
        ];
        assert_eq!(answers, expected);
        let left = [(MeetingId::new("a"), at(9999))];
        let alone = [meeting("a", 60, 120)];
        let back = asked(&alone, &left, 70, |a| matches!(a.due(), Due::One(_)));
        assert!(back, "the one that was left is still due for a person");
    }

    #[test]
    fn a_follower_begins_after_and_overlaps_nothing() {
        let meetings = [meeting("a", 0, 60), meeting("b", 60, 120)];
        let current = MeetingId::new("a");
        let follower = |meetings: &[Meeting], end: i64, after: i64| {
            ask(meetings, 59, |a| {
                let next = a.follower(Some(&current), Some(at(end)), at(after));
                next.map(|m| m.id.to_string())
            })
        };
        assert_eq!(follower(&meetings, 60, 0).as_deref(), Some("b"));
        assert_eq!(follower(&meetings, 61, 0), None, "overlaps");
        assert_eq!(follower(&meetings, 60, 60), None, "leapt over");
    }

    #[test]
    fn the_next_change_is_never_missed() {
        let meetings = [
            meeting("a", 30, 300),
            meeting("b", 100, 130),
            meeting("c", 400, 410),
        ];
        let mut minute = at(0);
        let mut seen = Vec::new();
        for _ in 0..40 {
            let next = ask(&meetings, minute.0 / 60_000, |a| {
                let agenda = Agenda { now: minute, ..a };
                agenda.next_change()
            });
            let Some(next) = next else { break };
            assert!(next > minute);
            minute = next;
            seen.push(next.0 / 60_000);
        }
        for expected in [15, 28, 29, 30, 40, 85, 98, 99, 100, 110, 130, 300, 385, 410] {
            assert!(seen.contains(&expected), "{expected} in {seen:?}");
        }
    }
}
