//! Keys: public ones as roots list them, and secret ones, which are made and used off the server. Knows no role.

use crate::canonical::canonical;
use crate::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core::fmt;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A public key, Ed25519.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Public([u8; 32]);

/// A key as a root writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    pub keytype: String,
    pub scheme: String,
    pub keyval: Val,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Val {
    pub public: String,
}

impl Public {
    /// As a root writes it.
    pub(crate) fn written(&self) -> Value {
        json!({ "keytype": "ed25519", "scheme": "ed25519", "keyval": { "public": hex::encode(self.0) } })
    }

    /// `None` for a key of another kind.
    pub(crate) fn of(written: &Written) -> Option<Self> {
        let ours = written.keytype == "ed25519" && written.scheme == "ed25519";
        let bytes = hex::decode(&written.keyval.public).ok()?;
        ours.then_some(Self(bytes.try_into().ok()?))
    }

    /// Its name in metadata.
    #[must_use]
    pub fn id(&self) -> String {
        digest(&canonical(&self.written()).unwrap_or_default())
    }

    pub(crate) fn signed(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(text, signature)
            .is_ok()
    }
}

/// A secret key; whoever has it can sign.
pub struct Secret {
    pair: Ed25519KeyPair,
    pkcs8: Vec<u8>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret key>")
    }
}

impl Secret {
    /// A new one; `None` when the system has no randomness.
    #[must_use]
    pub fn generate() -> Option<Self> {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).ok()?;
        Self::of(pkcs8.as_ref())
    }

    fn of(pkcs8: &[u8]) -> Option<Self> {
        Some(Self {
            pair: Ed25519KeyPair::from_pkcs8(pkcs8).ok()?,
            pkcs8: pkcs8.to_vec(),
        })
    }

    /// Reads the text that [`Secret::text`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::of(&STANDARD.decode(text.trim()).ok()?)
    }

    /// To be kept in a file that only its owner reads.
    #[must_use]
    pub fn text(&self) -> String {
        STANDARD.encode(&self.pkcs8)
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> Public {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        Public(bytes)
    }

    pub(crate) fn sign(&self, text: &[u8]) -> String {
        hex::encode(self.pair.sign(text).as_ref())
    }
}
