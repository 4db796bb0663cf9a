//! Certificates of rooms: what stands in them, and reading it back when a room comes. Knows no connection.

use super::{
    Authority, AuthorityError, DAY, ROOM_DAYS, Request, certificate, lasting, pem, seconds,
};
use fleet_proto::{RoomId, TenantId};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose};
use rcgen::{KeyUsagePurpose, SerialNumber};
use std::time::SystemTime;
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};

/// A certificate that was just signed.
#[derive(Debug, Clone)]
pub struct RoomCertificate {
    /// The room's certificate, as text.
    pub certificate_pem: String,
    /// Its number in hexadecimal, which a revocation names.
    pub serial: String,
    /// When it ends, in seconds since 1970.
    pub ends: u64,
}

/// Who showed a certificate of this authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Whose.
    pub tenant: TenantId,
    /// Which room.
    pub room: RoomId,
    /// The certificate's number.
    pub serial: String,
}

impl Authority {
    /// Signs a room's key for a year; rooms renew after two thirds of it.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn sign_room(
        &self,
        request: &Request,
        (tenant, room): (&TenantId, &RoomId),
        now: SystemTime,
    ) -> Result<RoomCertificate, AuthorityError> {
        let mut serial: [u8; 16] = rand::random();
        // Positive, and of a fixed length (RFC 5280, 4.1.2.2).
        serial[0] = serial[0] & 0x7f | 0x40;
        let mut params = CertificateParams::default();
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.distinguished_name = DistinguishedName::new();
        let names = &mut params.distinguished_name;
        names.push(DnType::OrganizationName, tenant.as_str());
        names.push(DnType::CommonName, room.as_str());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        lasting(&mut params, now, ROOM_DAYS);
        let made = params.signed_by(&request.key, &self.issuer()?);
        let made = made.map_err(certificate)?;
        Ok(RoomCertificate {
            certificate_pem: pem("CERTIFICATE", made.der()),
            serial: hex::encode(serial),
            ends: seconds(now) + ROOM_DAYS * DAY,
        })
    }
}

/// Who a certificate (DER) says its owner is; the handshake has checked that this authority signed it. `None` when it is no
/// room's.
#[must_use]
pub fn peer_of(der: &[u8]) -> Option<Peer> {
    let (_, read) = X509Certificate::from_der(der).ok()?;
    let subject = read.subject();
    let mut organizations = subject.iter_organization();
    let tenant = organizations.next()?.as_str().ok()?;
    let room = only_name(subject)?;
    Some(Peer {
        tenant: tenant.parse().ok()?,
        room: room.parse().ok()?,
        serial: hex::encode(read.raw_serial()),
    })
}

fn only_name(subject: &X509Name<'_>) -> Option<String> {
    let mut names = subject.iter_common_name();
    let name = names.next()?.as_str().ok()?.to_owned();
    names.next().is_none().then_some(name)
}
