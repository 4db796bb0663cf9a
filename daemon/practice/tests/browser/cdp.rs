//! A real Chromium for the tests, driven through its debugging pipe (JSON ended by a zero byte, on file
//! descriptors 3 and 4). Knows nothing of conferences.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// The shell puts the pipes where Chromium looks for them; nothing unsafe is needed on our side.
const ON_3_AND_4: &str = r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>&2"#;
/// Policies of this machine are not ours to obey: they may block what the tests serve. Needs root.
const NO_POLICIES: &str = r#"mount -t tmpfs none /etc/chromium 2>/dev/null; exec "$0" "$@""#;
const ANSWER_MAX: Duration = Duration::from_secs(30);

type Pending = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// One browser with a profile of its own, gone when dropped.
pub struct Chromium {
    child: Child,
    stdin: tokio::sync::Mutex<ChildStdin>,
    pending: Pending,
    next: AtomicU64,
    _profile: tempfile::TempDir,
}

/// How a page's window and person are.
#[derive(Clone, Copy)]
pub struct Look {
    pub language: &'static str,
    pub dark: bool,
    pub size: (u32, u32),
}

impl Default for Look {
    fn default() -> Self {
        Self {
            language: "de",
            dark: false,
            size: (1280, 800),
        }
    }
}

impl Chromium {
    /// Starts one. As root it runs under another user, with its sandbox on.
    pub async fn start() -> Arc<Self> {
        Self::start_with(&[], &[]).await
    }

    /// Starts one behind a command such as `ip netns exec`, with further flags.
    pub async fn start_with(behind: &[&str], flags: &[&str]) -> Arc<Self> {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut command = Command::new("sh");
        command.args(["-c", ON_3_AND_4]).args(behind);
        if nix::unistd::geteuid().is_root() {
            let nobody = nix::unistd::User::from_name("nobody")
                .unwrap()
                .expect("there is a nobody");
            nix::unistd::chown(profile.path(), Some(nobody.uid), Some(nobody.gid)).unwrap();
            command.args(["unshare", "--mount", "sh", "-c", NO_POLICIES]);
            command.args([
                "setpriv",
                "--reuid=nobody",
                "--clear-groups",
                "--inh-caps=-all",
            ]);
        }
        command
            .args([
                "chromium",
                "--headless=new",
                "--remote-debugging-pipe",
                "--disable-gpu",
            ])
            .args([
                "--no-first-run",
                "--disable-background-networking",
                "--mute-audio",
            ])
            .arg("--use-fake-device-for-media-stream")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(flags)
            .arg("about:blank")
            .env("HOME", profile.path())
            .current_dir(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        let mut child = command
            .spawn()
            .expect("Chromium is needed: apt install chromium");
        let stdin = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let pending = Pending::default();
        let answers = Arc::clone(&pending);
        tokio::spawn(async move {
            let mut frame = Vec::new();
            while matches!(stdout.read_until(0, &mut frame).await, Ok(1..)) {
                frame.pop();
                if let Ok(message) = serde_json::from_slice::<Value>(&frame)
                    && let Some(id) = message["id"].as_u64()
                    && let Some(waiter) = answers.lock().unwrap().remove(&id)
                {
                    let _ = waiter.send(message);
                }
                frame.clear();
            }
            answers.lock().unwrap().clear();
        });
        let stdin = tokio::sync::Mutex::new(stdin);
        Arc::new(Self {
            child,
            stdin,
            pending,
            next: AtomicU64::new(1),
            _profile: profile,
        })
    }

    async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let (answer, answered) = oneshot::channel();
        self.pending.lock().unwrap().insert(id, answer);
        let mut frame = serde_json::to_vec(&message).unwrap();
        frame.push(0);
        self.stdin
            .lock()
            .await
            .write_all(&frame)
            .await
            .expect("Chromium is gone");
        let answer = timeout(ANSWER_MAX, answered)
            .await
            .unwrap_or_else(|_| panic!("no answer to {method}"))
            .expect("Chromium is gone");
        assert!(
            answer.get("error").is_none(),
            "{method}: {}",
            answer["error"]
        );
        answer["result"].clone()
    }

    /// A page in a browser context of its own, with nothing permitted.
    pub async fn page(self: &Arc<Self>, url: &str, look: Look) -> Page {
        let context = self
            .call(None, "Target.createBrowserContext", json!({}))
            .await;
        let context = context["browserContextId"].clone();
        let blank = json!({ "url": "about:blank", "browserContextId": context });
        let target = self.call(None, "Target.createTarget", blank).await["targetId"].clone();
        let attach = json!({ "targetId": target, "flatten": true });
        let session = self.call(None, "Target.attachToTarget", attach).await["sessionId"].clone();
        let session = session.as_str().unwrap().to_owned();
        let page = Page {
            browser: Arc::clone(self),
            context,
            session,
        };
        page.look(look).await;
        page.go(url).await;
        page.until(15_000, "document.body?.dataset.screen").await;
        page
    }

    /// Signals every process of this browser.
    pub fn signal(&self, signal: Signal) {
        if let Some(id) = self.child.id() {
            let _ = killpg(Pid::from_raw(id.try_into().unwrap()), signal);
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}

/// One page.
pub struct Page {
    browser: Arc<Chromium>,
    context: Value,
    session: String,
}

impl Page {
    pub async fn call(&self, method: &str, params: Value) -> Value {
        self.browser.call(Some(&self.session), method, params).await
    }

    /// Permits microphone and camera to an origin. Its pages show their addresses from then on.
    pub async fn permit(&self, origin: &str) {
        let devices = json!({
            "origin": origin,
            "browserContextId": self.context,
            "permissions": ["audioCapture", "videoCapture"],
        });
        self.browser
            .call(None, "Browser.grantPermissions", devices)
            .await;
    }

    pub async fn look(&self, look: Look) {
        let (width, height) = look.size;
        let phone = width < 600;
        let metrics = json!({
            "width": width, "height": height, "mobile": phone,
            "deviceScaleFactor": if phone { 2 } else { 1 },
        });
        self.call("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let scheme = if look.dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
        let agent = self.eval("navigator.userAgent").await;
        let language = json!({ "userAgent": agent, "acceptLanguage": look.language });
        self.call("Emulation.setUserAgentOverride", language).await;
    }

    pub async fn go(&self, url: &str) {
        let went = self.call("Page.navigate", json!({ "url": url })).await;
        assert!(went["errorText"].is_null(), "{url}: {}", went["errorText"]);
    }

    /// The value of an expression; a promise is waited for.
    pub async fn eval(&self, script: &str) -> Value {
        let params = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let result = self.call("Runtime.evaluate", params).await;
        assert!(
            result["exceptionDetails"].is_null(),
            "{script}: {}",
            result["exceptionDetails"]
        );
        result["result"]["value"].clone()
    }

    /// Waits until an expression, which may give a promise, is truthy, and gives its value.
    pub async fn until(&self, within_ms: u64, script: &str) -> Value {
        let waiter = format!(
            "(async () => {{ const end = performance.now() + {within_ms};
               for (;;) {{ let value = null; try {{ value = await ({script}); }} catch {{}}
                 if (value) return value;
                 if (performance.now() > end) return null;
                 await new Promise((go) => setTimeout(go, 15)); }} }})()"
        );
        let value = self.eval(&waiter).await;
        if value.is_null() {
            let seen = self.eval("document.body.innerText").await;
            panic!("not within {within_ms} ms: {script}\nthe page says: {seen}");
        }
        value
    }

    /// Waits until a marker is on the page and visible.
    pub async fn see(&self, marker: &str) {
        let visible = format!(
            "(() => {{ const e = document.querySelector('[data-test=\"{marker}\"]');
               return e && e.getClientRects().length > 0; }})()"
        );
        self.until(15_000, &visible).await;
    }

    /// Whether a marker is in the document.
    pub async fn has(&self, marker: &str) -> bool {
        let there = format!("document.querySelector('[data-test=\"{marker}\"]') !== null");
        self.eval(&there).await == json!(true)
    }

    /// Presses the middle of a marked element with the mouse, as a person would.
    pub async fn press(&self, marker: &str) {
        self.see(marker).await;
        let place = format!(
            "(() => {{ const e = document.querySelector('[data-test=\"{marker}\"]');
               e.scrollIntoView({{ block: 'nearest' }});
               const r = e.getBoundingClientRect();
               return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        );
        let place = self.eval(&place).await;
        for kind in ["mousePressed", "mouseReleased"] {
            let mouse = json!({
                "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", mouse).await;
        }
    }

    /// Types into a marked field, replacing what is there.
    pub async fn fill(&self, marker: &str, text: &str) {
        self.see(marker).await;
        let select = format!("document.querySelector('[data-test=\"{marker}\"]').select()");
        self.eval(&select).await;
        self.call("Input.insertText", json!({ "text": text })).await;
    }

    pub async fn key(&self, key: &str, text: &str) {
        let code = if key == "Tab" { 9 } else { 13 };
        for kind in ["keyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": key, "code": key, "text": if kind == "keyDown" { text } else { "" },
                "windowsVirtualKeyCode": code,
            });
            self.call("Input.dispatchKeyEvent", event).await;
        }
    }

    pub async fn attribute(&self, marker: &str, name: &str) -> Value {
        let get =
            format!("document.querySelector('[data-test=\"{marker}\"]')?.getAttribute('{name}')");
        self.eval(&get).await
    }

    pub async fn screenshot(&self, path: &Path) {
        use base64::Engine as _;
        let shot = self
            .call("Page.captureScreenshot", json!({ "format": "png" }))
            .await;
        let png = base64::engine::general_purpose::STANDARD;
        std::fs::write(path, png.decode(shot["data"].as_str().unwrap()).unwrap()).unwrap();
    }
}
