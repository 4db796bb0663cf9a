//! How a room is taken in without a password: it shows a code that binds its own key to the server that it reached, and an administrator
//! compares that code with the one that the server shows. Whoever sits between the two has another certificate, hence another code.
//! Knows no TLS and no files.

use crate::ids::{BoundedText, RoomId, TenantId};
use core::fmt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A room asks to be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// PKCS#10 in PEM, signed with the room's key; its subject is passed over.
    pub csr_pem: String,
    /// The room's name as its file says it; a proposal for the administrator.
    pub name: BoundedText,
    /// The daemon's version.
    pub software: BoundedText,
    /// The board's slug.
    pub board: Option<BoundedText>,
}

/// The request stands in the server's list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolTicket {
    /// Its name, below [`crate::ENROL_PATH`].
    pub request: String,
    /// Proves who asked; sent as `Authorization: Bearer`.
    pub secret: String,
    /// Ask again after so many seconds.
    pub poll_s: u32,
    /// The server forgets the request after so many seconds.
    pub lasts_s: u32,
}

impl fmt::Debug for EnrolTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("EnrolTicket");
        out.field("request", &self.request).finish_non_exhaustive()
    }
}

/// How the request stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum EnrolAnswer {
    /// Nobody has decided yet.
    Waiting {},
    /// An administrator refused it, or it is not known any more.
    Refused {},
    /// The room is taken in.
    Approved(Box<Approved>),
}

/// The room is taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// Its id from now on.
    pub room: RoomId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its certificate, PEM.
    pub certificate_pem: String,
    /// The authority that the server's own certificate must come from, from now on and always, PEM.
    pub authority_pem: String,
}

/// A room asks for its next certificate ([`crate::RENEW_PATH`]); the answer is the certificate as PEM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// PKCS#10 in PEM, with the same key or a new one.
    pub csr_pem: String,
}

/// The code that room and server show: twelve letters that cannot be taken for each other, as `K7QM-2XPA-9RTC`.
/// 60 bits: to find a second key with the same code within the half hour that a request lasts takes more than 10^14 tries a second.
///
/// `room_key` is the public key of the room's request, `server_certificate` the certificate that the server showed; both DER.
pub fn code(room_key: &[u8], server_certificate: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut hash = Sha256::new();
    hash.update(b"roomd enrolment 1");
    for part in [room_key, server_certificate] {
        hash.update(Sha256::digest(part));
    }
    let digest = hash.finalize();
    let number = digest
        .iter()
        .take(8)
        .fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
    let letter = |place: u32| LETTERS[(number >> (5 * place) & 31) as usize] as char;
    let group = |from: u32| (from..from + 4).map(letter).collect::<String>();
    [group(0), group(4), group(8)].join("-")
}
