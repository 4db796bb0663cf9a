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
        (Conference::At(one), Conference::At(other)) => one.link == other.link,
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
        let alone = || self.rival(meeting).is_none();
        let wanted = contender(meeting) && self.on_its_own(meeting) && !self.finished(meeting);
        (self.trusted && wanted && self.now < meeting.end && in_time && alone())
            .then(|| meeting.start.minus(self.policy.join_before))
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
