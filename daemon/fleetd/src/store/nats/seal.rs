//! What lies in NATS is sealed: nobody who has its disks, its network or its account reads a document, and a document that was put
//! somewhere else, or made by somebody else, is not opened. Pure but for chance.
//!
//! Invariant: a seal is opened in its own place only.

use crate::store::StoreError;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

const VERSION: u8 = 1;
const SALT: usize = 16;
/// What a seal adds to a value.
#[cfg(test)]
pub(super) const ADDS: usize = 1 + SALT + 16;

/// The key that all servers of a fleet share.
#[derive(Clone)]
pub(super) struct Seal([u8; 32]);

/// Of the cipher's key.
struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        32
    }
}

impl Seal {
    pub fn new(key: [u8; 32]) -> Seal {
        Seal(key)
    }

    /// Each value has a key of its own, from a salt of its own: so many values are written over the years that numbers used once
    /// could not be drawn by chance from the cipher's 96 bits.
    fn once(&self, salt: &[u8]) -> Result<(LessSafeKey, Nonce), ring::error::Unspecified> {
        let prk: Prk = Salt::new(HKDF_SHA256, salt).extract(&self.0);
        let mut key = [0; 32];
        prk.expand(&[b"roomd fleet store"], KeyLength)?
            .fill(&mut key)?;
        let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &key)?);
        Ok((key, Nonce::assume_unique_for_key([0; 12])))
    }

    /// A value for a place.
    pub fn close(&self, place: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        let salt: [u8; SALT] = rand::random();
        let mut sealed = value.to_vec();
        let done = self.once(&salt).and_then(|(key, nonce)| {
            key.seal_in_place_append_tag(nonce, Aad::from(place.as_bytes()), &mut sealed)
        });
        done.map_err(|_| StoreError::Broken("a value could not be sealed".to_owned()))?;
        let mut whole = Vec::with_capacity(1 + SALT + sealed.len());
        whole.push(VERSION);
        whole.extend_from_slice(&salt);
        whole.extend_from_slice(&sealed);
        Ok(whole)
    }

    /// The value of a place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let foreign = || {
            StoreError::Broken(format!(
                "what stands at {place} was not sealed there with this server's store.key"
            ))
        };
        let Some((&[VERSION], rest)) = sealed.split_first_chunk::<1>() else {
            return Err(foreign());
        };
        let (salt, rest) = rest.split_at_checked(SALT).ok_or_else(foreign)?;
        let mut value = rest.to_vec();
        let (key, nonce) = self.once(salt).map_err(|_| foreign())?;
        let length = key
            .open_in_place(nonce, Aad::from(place.as_bytes()), &mut value)
            .map_err(|_| foreign())?
            .len();
        value.truncate(length);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_seal_is_opened_in_its_own_place_only(value in proptest::collection::vec(any::<u8>(), 0..300), at in any::<usize>()) {
            let seal = Seal::new([7; 32]);
            let sealed = seal.close("a", &value).unwrap();
            prop_assert_eq!(sealed.len(), value.len() + ADDS);
            prop_assert_eq!(seal.open("a", &sealed).unwrap(), value.clone());
            prop_assert!(seal.open("b", &sealed).is_err());
            prop_assert!(Seal::new([8; 32]).open("a", &sealed).is_err());
            prop_assert_ne!(seal.close("a", &value).unwrap(), sealed.clone(), "twice the same looks different");
            let mut changed = sealed.clone();
            let at = at % changed.len();
            changed[at] ^= 1;
            prop_assert!(seal.open("a", &changed).is_err());
            prop_assert!(seal.open("a", &sealed[..at]).is_err());
        }
    }
}
