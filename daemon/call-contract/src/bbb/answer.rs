//! Owns the reading of BigBlueButton's XML answers, and what its errors mean for a room. Pure.

use super::ended::BbbEnd;
use quick_xml::Reader;
use quick_xml::events::Event;
use room_core::event::{CallSeen, EndReason};
use room_core::failure::CallFailure;
use std::collections::BTreeMap;

/// Longest answer that is read, in bytes: a meeting of some hundred people with their details.
const MAX_BYTES: usize = 1 << 20;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// About a meeting that there is.
    Meeting(Info),
    /// Refused.
    Refused(ApiError),
}

/// What is known of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Info {
    /// When it was created, as the server writes it.
    pub create_time: Option<String>,
    /// Somebody ended it, and its name is not free yet.
    pub forcibly_ended: bool,
    /// People in it.
    pub people: u32,
    /// Most people; 0: any number.
    pub most: u32,
}

impl Info {
    /// Whether nobody else may enter.
    pub fn full(&self) -> bool {
        self.most > 0 && self.people >= self.most
    }
}

/// Why the API refuses, by `messageKey`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiError {
    /// The shared secret or the algorithm is not the server's.
    Checksum,
    /// No meeting of this name, or not yet.
    NotFound,
    /// Another meeting of this name has begun in between.
    Replaced,
    /// Ended by somebody, and its name is not free yet.
    ForciblyEnded,
    /// No more seats.
    Full,
    /// Guests are not let in.
    Denied,
    /// Password or role is not right.
    Password,
    /// A parameter is missing or wrong, or a key that is not known here.
    Other,
}

impl ApiError {
    /// Reads a `messageKey`.
    pub fn of(key: &str) -> Self {
        match key {
            "checksumError" => Self::Checksum,
            "notFound" | "invalidMeetingId" | "invalidMeetingIdentifier" => Self::NotFound,
            "mismatchCreateTime" | "mismatchCreateTimeParam" => Self::Replaced,
            "meetingForciblyEnded" => Self::ForciblyEnded,
            "maxParticipantsReached" => Self::Full,
            "guestDeny" | "guestDeniedAccess" => Self::Denied,
            "invalidPassword" => Self::Password,
            _ => Self::Other,
        }
    }

    /// What it means for the room.
    pub fn seen(self) -> CallSeen {
        match self {
            Self::Checksum | Self::Password => CallSeen::Failed(CallFailure::KeyRefused),
            Self::NotFound => CallSeen::Failed(CallFailure::NotFound),
            Self::Replaced => CallSeen::Over(EndReason::EndedByHost),
            Self::ForciblyEnded => BbbEnd::EndedFromApi.seen(),
            Self::Full => CallSeen::Failed(CallFailure::Full),
            Self::Denied => CallSeen::Over(EndReason::Denied),
            Self::Other => CallSeen::Failed(CallFailure::Unreachable),
        }
    }
}

impl Reply {
    /// `None` when it is no answer of this API.
    pub fn read(text: &str) -> Option<Self> {
        let fields = fields(text)?;
        let field = |name: &str| fields.get(name).map(String::as_str);
        match field("returncode")? {
            "SUCCESS" => Some(Self::Meeting(Info {
                create_time: field("createTime").map(str::to_owned),
                forcibly_ended: field("hasBeenForciblyEnded") == Some("true"),
                people: number(field("participantCount")),
                most: number(field("maxUsers")),
            })),
            _ => Some(Self::Refused(ApiError::of(
                field("messageKey").unwrap_or_default(),
            ))),
        }
    }
}

fn number(text: Option<&str>) -> u32 {
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The texts right below `response`; lists of people and metadata lie deeper and are none of our business.
fn fields(text: &str) -> Option<BTreeMap<String, String>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let mut fields = BTreeMap::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                let name = tag.local_name().as_ref().to_owned();
                if path.is_empty() && name != "response" {
                    return None;
                }
                path.push(name);
            }
            Event::End(_) => {
                path.pop();
            }
            // Entities occur in names and subjects only, which are not read.
            Event::Text(part) if path.len() == 2 => {
                let field = fields.entry(path[1].clone()).or_insert_with(String::new);
                field.push_str(part.xml10_content().trim());
            }
            Event::CData(part) if path.len() == 2 => {
                let field = fields.entry(path[1].clone()).or_insert_with(String::new);
                field.push_str(part.xml10_content().trim());
            }
            Event::Eof => return path.is_empty().then_some(fields),
            _ => {}
        }
    }
}
