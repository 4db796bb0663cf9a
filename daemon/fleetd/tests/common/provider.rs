//! An OpenID provider of our own on the loopback, with real keys: it keeps to the standards, or breaks them in one named way.
//! Knows no server.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::task::JoinHandle;

pub const CLIENT: &str = "fleet server";
pub const SECRET: &str = "a+b:c d%";

/// In which way it breaks the standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twist {
    Nothing,
    Nonce,
    NoNonce,
    Audience,
    SeveralAudiences,
    AnotherParty,
    Issuer,
    IssuerAmongOthers,
    Expired,
    Early,
    NoExpiry,
    NoSubject,
    Unsigned,
    UnsignedWithoutSignature,
    HmacWithPublicKey,
    ForeignSignature,
    ChangedAfterwards,
    UnknownKey,
    OtherAlgorithmThanTheKeys,
    CarriesItsKey,
    Encrypted,
}

/// With what it signs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Rsa,
    Ec,
}

/// What was asked of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    pub discovery: usize,
    pub keys: usize,
    pub tokens: usize,
}

struct Code {
    nonce: String,
    challenge: String,
    redirect: String,
}

pub struct Inner {
    pub twist: Twist,
    pub kind: Kind,
    /// The claims of whoever signs in next, beside those of the standard.
    pub person: Value,
    pub subject: String,
    pub asked: Asked,
    /// As which it is known to itself, where that is not its address.
    pub calls_itself: Option<String>,
    pub more: Value,
    pub secret: String,
    /// Whether people press a button on its page.
    pub has_page: bool,
    /// A page that is not JSON, and longer than any answer.
    pub rambles: bool,
    key_name: String,
    ec: EcdsaKeyPair,
    /// Somebody else's.
    foreign: EcdsaKeyPair,
    codes: HashMap<String, Code>,
}

pub struct Provider {
    pub issuer: String,
    inner: Arc<Mutex<Inner>>,
    served: JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.served.abort();
    }
}

fn ec() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random).unwrap()
}

/// A key for tests alone: making one takes seconds.
fn rsa() -> RsaKeyPair {
    let text: String = include_str!("provider.key").split_whitespace().collect();
    RsaKeyPair::from_pkcs8(&STANDARD.decode(text).unwrap()).unwrap()
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

type Shared = State<(String, Arc<Mutex<Inner>>)>;
type Fields = Query<HashMap<String, String>>;

impl Provider {
    pub async fn start() -> Provider {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner {
            twist: Twist::Nothing,
            kind: Kind::Rsa,
            person: json!({}),
            subject: "0815".to_owned(),
            asked: Asked::default(),
            calls_itself: None,
            more: json!({}),
            secret: SECRET.to_owned(),
            has_page: false,
            rambles: false,
            key_name: "first".to_owned(),
            ec: ec(),
            foreign: ec(),
            codes: HashMap::new(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/press", post(press))
            .route("/token", post(token))
            .with_state((issuer.clone(), Arc::clone(&inner)));
        let served = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Provider {
            issuer,
            inner,
            served,
        }
    }

    pub fn set(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Whoever signs in next.
    pub fn is(&self, subject: &str, name: &str, groups: &[&str]) {
        let mut inner = self.set();
        inner.subject = subject.to_owned();
        inner.person = json!({ "preferred_username": name, "groups": groups });
    }

    /// Signs with another key of another name from now on.
    pub fn rotates(&self, name: &str) {
        let mut inner = self.set();
        inner.key_name = name.to_owned();
        inner.ec = ec();
    }

    pub fn asked(&self) -> Asked {
        self.set().asked
    }
}

async fn discovery(State((issuer, inner)): Shared) -> Response {
    let mut inner = inner.lock().unwrap();
    inner.asked.discovery += 1;
    if inner.rambles {
        return "lorem ipsum ".repeat(100_000).into_response();
    }
    let mut said = json!({
        "issuer": inner.calls_itself.as_ref().unwrap_or(&issuer),
        "authorization_endpoint": format!("{issuer}/authorize?tenant=stadt"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
    });
    said.as_object_mut()
        .unwrap()
        .extend(inner.more.as_object().unwrap().clone());
    axum::Json(said).into_response()
}

async fn keys(State((_, inner)): Shared) -> axum::Json<Value> {
    let mut inner = inner.lock().unwrap();
    inner.asked.keys += 1;
    let (n, e) = public_rsa();
    let point = inner.ec.public_key().as_ref()[1..].to_vec();
    let name = &inner.key_name;
    axum::Json(json!({ "keys": [
        { "kty": "RSA", "use": "enc", "kid": "for-secrets", "alg": "RSA-OAEP", "n": n, "e": e },
        { "kty": "oct", "kid": "shared", "k": "c2VjcmV0" },
        { "kty": "new-kind", "kid": "tomorrow" },
        { "kty": "RSA", "use": "sig", "kid": format!("{name}-rsa"), "alg": "RS256", "n": n, "e": e },
        { "kty": "EC", "use": "sig", "kid": format!("{name}-ec"), "crv": "P-256",
          "x": b64(&point[..32]), "y": b64(&point[32..]) },
    ] }))
}

fn public_rsa() -> (String, String) {
    let public = PublicKeyComponents::<Vec<u8>>::from(rsa().public());
    (b64(public.n), b64(public.e))
}

fn go_back(issuer: &str, inner: &mut Inner, query: &HashMap<String, String>) -> Response {
    let code = hex::encode(rand::random::<[u8; 16]>());
    let kept = Code {
        nonce: query["nonce"].clone(),
        challenge: query["code_challenge"].clone(),
        redirect: query["redirect_uri"].clone(),
    };
    let to = format!(
        "{}?code={code}&state={}&iss={issuer}",
        kept.redirect, query["state"]
    );
    inner.codes.insert(code, kept);
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

async fn authorize(State((issuer, inner)): Shared, Query(query): Fields) -> Response {
    let mut inner = inner.lock().unwrap();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("code_challenge_method", "S256"),
        ("tenant", "stadt"),
    ] {
        assert_eq!(query[name], value, "{name}");
    }
    assert!(query["scope"].split(' ').any(|scope| scope == "openid"));
    if !inner.has_page {
        return go_back(&issuer, &mut inner, &query);
    }
    let hidden = query
        .iter()
        .map(|(name, value)| format!("<input type=hidden name={name} value=\"{value}\">"));
    let hidden: String = hidden.collect();
    Html(format!(
        "<title>provider</title><form method=post action=/press>{hidden}<button>yes</button></form>"
    ))
    .into_response()
}

async fn press(State((issuer, inner)): Shared, body: Bytes) -> Response {
    let fields = url::form_urlencoded::parse(&body).into_owned().collect();
    go_back(&issuer, &mut inner.lock().unwrap(), &fields)
}

fn refused(status: StatusCode, error: &str) -> Response {
    (
        status,
        axum::Json(json!({ "error": error, "error_description": "geheim" })),
    )
        .into_response()
}

/// RFC 6749, 2.3.1: id and secret are encoded as in a form, then joined.
fn knows_secret(headers: &HeaderMap, fields: &HashMap<String, String>, secret: &str) -> bool {
    let Some(basic) = headers.get(header::AUTHORIZATION) else {
        let sent = fields.get("client_secret").map_or("", String::as_str);
        return fields.get("client_id").is_some_and(|id| id == CLIENT) && sent == secret;
    };
    let basic = basic.to_str().unwrap().strip_prefix("Basic ").unwrap();
    let pair = String::from_utf8(STANDARD.decode(basic).unwrap()).unwrap();
    let (id, sent) = pair.split_once(':').unwrap();
    let plain = |text: &str| {
        let pair = format!("x={text}");
        url::form_urlencoded::parse(pair.as_bytes())
            .next()
            .unwrap()
            .1
            .into_owned()
    };
    plain(id) == CLIENT && plain(sent) == secret && !fields.contains_key("client_secret")
}

async fn token(State((issuer, inner)): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let fields: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let mut inner = inner.lock().unwrap();
    inner.asked.tokens += 1;
    if !knows_secret(&headers, &fields, &inner.secret) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let code = inner.codes.remove(&fields["code"]);
    let fits = |code: &Code| {
        let challenge = b64(Sha256::digest(&fields["code_verifier"]));
        code.challenge == challenge && code.redirect == fields["redirect_uri"]
    };
    match code.filter(fits) {
        Some(code) => {
            let token = inner.signed(&issuer, &code.nonce);
            axum::Json(
                json!({ "access_token": "unused", "token_type": "Bearer", "id_token": token }),
            )
            .into_response()
        }
        None => refused(StatusCode::BAD_REQUEST, "invalid_grant"),
    }
}

impl Inner {
    fn signed(&self, issuer: &str, nonce: &str) -> String {
        let mut claims = self.claims(issuer, nonce);
        claims
            .as_object_mut()
            .unwrap()
            .extend(self.person.as_object().unwrap().clone());
        let (algorithm, key) = match self.kind {
            Kind::Rsa => ("RS256", "rsa"),
            Kind::Ec => ("ES256", "ec"),
        };
        let mut head =
            json!({ "alg": algorithm, "typ": "JWT", "kid": format!("{}-{key}", self.key_name) });
        self.twist_head(&mut head);
        let message = format!("{}.{}", b64(head.to_string()), b64(claims.to_string()));
        let signature = self.signature(&message);
        match self.twist {
            Twist::UnsignedWithoutSignature => format!("{message}."),
            Twist::Encrypted => format!("{message}.{signature}.AAAA.AAAA"),
            Twist::ChangedAfterwards => {
                claims["groups"] = json!(["admins", "operators"]);
                format!(
                    "{}.{}.{signature}",
                    b64(head.to_string()),
                    b64(claims.to_string())
                )
            }
            _ => format!("{message}.{signature}"),
        }
    }

    fn claims(&self, issuer: &str, nonce: &str) -> Value {
        let now = fleetd::fleet::now_ms() / 1000;
        let mut claims = json!({
            "iss": issuer, "sub": self.subject, "aud": CLIENT, "nonce": nonce, "iat": now, "exp": now + 300,
        });
        match self.twist {
            Twist::Nonce => claims["nonce"] = json!("0".repeat(64)),
            Twist::NoNonce => claims["nonce"] = Value::Null,
            Twist::Audience => claims["aud"] = json!("another server"),
            Twist::SeveralAudiences => claims["aud"] = json!([CLIENT, "another server"]),
            Twist::AnotherParty => claims["azp"] = json!("another server"),
            Twist::Issuer => claims["iss"] = json!("http://127.0.0.1:1"),
            Twist::IssuerAmongOthers => claims["iss"] = json!([issuer, "http://127.0.0.1:1"]),
            Twist::Expired => claims["exp"] = json!(now - 120),
            Twist::Early => claims["iat"] = json!(now + 600),
            Twist::NoExpiry => claims["exp"] = Value::Null,
            Twist::NoSubject => claims["sub"] = json!(""),
            _ => {}
        }
        claims
    }

    fn twist_head(&self, head: &mut Value) {
        match self.twist {
            Twist::Unsigned | Twist::UnsignedWithoutSignature => head["alg"] = json!("none"),
            Twist::HmacWithPublicKey => head["alg"] = json!("HS256"),
            Twist::UnknownKey => head["kid"] = json!("nobodys"),
            Twist::OtherAlgorithmThanTheKeys => head["alg"] = json!("RS512"),
            Twist::CarriesItsKey => {
                let point = self.foreign.public_key().as_ref()[1..].to_vec();
                head["alg"] = json!("ES256");
                head["kid"] = json!("nobodys");
                head["jwk"] = json!({ "kty": "EC", "crv": "P-256", "x": b64(&point[..32]), "y": b64(&point[32..]) });
            }
            _ => {}
        }
    }

    fn signature(&self, message: &str) -> String {
        let random = SystemRandom::new();
        let by = |key: &EcdsaKeyPair| b64(key.sign(&random, message.as_bytes()).unwrap());
        match (self.twist, self.kind) {
            (Twist::HmacWithPublicKey, _) => {
                let (n, _) = public_rsa();
                let key = ring::hmac::Key::new(
                    ring::hmac::HMAC_SHA256,
                    &URL_SAFE_NO_PAD.decode(n).unwrap(),
                );
                b64(ring::hmac::sign(&key, message.as_bytes()))
            }
            (Twist::ForeignSignature | Twist::CarriesItsKey, _) => by(&self.foreign),
            (_, Kind::Ec) => by(&self.ec),
            (_, Kind::Rsa) => {
                let key = rsa();
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(
                    &RSA_PKCS1_SHA256,
                    &random,
                    message.as_bytes(),
                    &mut signature,
                )
                .unwrap();
                b64(signature)
            }
        }
    }
}
