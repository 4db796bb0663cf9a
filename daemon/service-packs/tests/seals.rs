//! Seals as the stock tool makes them, and every way in which one can be wrong.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use minisign::KeyPair;
use service_packs::{Claim, Kind, MAX_BYTES, Refused, TrustedKey, verify};
use std::io::Cursor;

const PACK: &[u8] = include_bytes!("vectors/x.toml");
const SEAL: &str = include_str!("vectors/x.toml.minisig");

fn stock_key() -> TrustedKey {
    let file = include_str!("vectors/trusted.pub");
    TrustedKey::parse(file.lines().nth(1).unwrap()).unwrap()
}

struct Signer(KeyPair);

impl Signer {
    fn new() -> Self {
        Self(KeyPair::generate_unencrypted_keypair().unwrap())
    }

    fn key(&self) -> TrustedKey {
        TrustedKey::parse(&self.0.pk.to_base64()).unwrap()
    }

    fn seal(&self, pack: &[u8], claim: &str) -> String {
        let Self(KeyPair { pk, sk }) = self;
        let seal = minisign::sign(Some(pk), sk, Cursor::new(pack), Some(claim), None);
        seal.unwrap().into_string()
    }
}

const CLAIM: &str = "roomd-pack kind=recognise service=zoom version=7";

#[test]
fn what_the_stock_tool_signed_is_trusted() {
    let trusted = verify(PACK, SEAL, &[Signer::new().key(), stock_key()]).unwrap();
    assert_eq!(
        trusted.claim.to_string(),
        "roomd-pack kind=join service=x version=2"
    );
    assert_eq!(trusted.signed_by, stock_key().id());
    assert_eq!(trusted.text.as_bytes(), PACK);
    assert_eq!(trusted.must_be(Kind::Join, "x", 2), Ok(()));
}

#[test]
fn a_pack_is_nothing_else_than_its_signer_said() {
    let trusted = verify(PACK, SEAL, &[stock_key()]).unwrap();
    for (kind, service, version) in [
        (Kind::Recognise, "x", 2),
        (Kind::Join, "y", 2),
        (Kind::Join, "x", 3),
    ] {
        let refused = trusted.must_be(kind, service, version).unwrap_err();
        assert_eq!(refused.code(), "pack-not-as-claimed");
    }
}

#[test]
fn an_unsigned_or_wrongly_signed_pack_is_refused_with_its_reason() {
    let (signer, stranger) = (Signer::new(), Signer::new());
    let keys = [signer.key()];
    let good = signer.seal(PACK, CLAIM);
    assert!(verify(PACK, &good, &keys).is_ok());
    let foreign = Refused::ForeignKey(stranger.key().id().to_owned());
    let other_claim = good.replace("version=7", "version=8");
    let old = include_str!("vectors/x.toml.legacy");
    let unclaimed = include_str!("vectors/x.toml.default");
    let stock = [stock_key()];
    let table: [(&[u8], &str, &[TrustedKey], Refused); 9] = [
        (PACK, &good, &[], Refused::NoKeys),
        (PACK, "", &keys, Refused::SealUnreadable),
        (PACK, "a\nb\nc\nd", &keys, Refused::SealUnreadable),
        (PACK, &stranger.seal(PACK, CLAIM), &keys, foreign),
        (b"version = 9", &good, &keys, Refused::Altered),
        (PACK, &other_claim, &keys, Refused::Altered),
        (PACK, old, &stock, Refused::OldSeal),
        (PACK, unclaimed, &stock, Refused::NoClaim),
        (&vec![b'#'; MAX_BYTES + 1], &good, &keys, Refused::TooLarge),
    ];
    for (pack, seal, keys, refused) in table {
        assert_eq!(verify(pack, seal, keys), Err(refused));
    }
}

#[test]
fn a_key_that_only_bears_the_trusted_name_does_not_count() {
    let (signer, stranger) = (Signer::new(), Signer::new());
    let seal = stranger.seal(PACK, CLAIM);
    let keys = [signer.key(), stranger.key()];
    assert!(verify(PACK, &seal, &keys).is_ok());
    // The stranger's signature under the signer's name: the name stands in the clear in front of it.
    use base64::Engine as _;
    let code = base64::engine::general_purpose::STANDARD;
    let mut lines: Vec<String> = seal.lines().map(str::to_owned).collect();
    let mut bytes = code.decode(&lines[1]).unwrap();
    let own = code.decode(signer.0.pk.to_base64()).unwrap();
    bytes[2..10].copy_from_slice(&own[2..10]);
    lines[1] = code.encode(bytes);
    let forged = lines.join("\n");
    assert_eq!(verify(PACK, &forged, &keys), Err(Refused::Altered));
}

#[test]
fn no_flipped_bit_of_a_seal_is_overlooked() {
    let signer = Signer::new();
    let seal = signer.seal(PACK, CLAIM);
    let signed_part = seal.find('\n').unwrap() + 1;
    let mut accepted = Vec::new();
    for at in signed_part..seal.len() {
        let mut bytes = seal.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        if verify(PACK, &text, &[signer.key()]).is_ok() {
            accepted.push(at);
        }
    }
    // The blank line's end behind the last line is no part of the signature.
    accepted.retain(|at| *at < seal.trim_end().len());
    assert_eq!(accepted, Vec::<usize>::new());
}

#[test]
fn a_claim_reads_back_from_a_seal() {
    let signer = Signer::new();
    let claim: Claim = CLAIM.parse().unwrap();
    let trusted = verify(
        PACK,
        &signer.seal(PACK, &claim.to_string()),
        &[signer.key()],
    )
    .unwrap();
    assert_eq!(trusted.claim, claim);
}
