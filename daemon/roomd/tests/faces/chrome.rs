//! A small driver for headless Chromium over its debugging pipe, for pages of our own only.
//! Knows no page.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{Mutex as AsyncMutex, oneshot};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(20);

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// A browser of its own, gone when dropped.
pub struct Chrome {
    _child: Child,
    line: Arc<Line>,
    _profile: TempDir,
}

struct Line {
    pipe: AsyncMutex<ChildStdin>,
    waiting: Waiting,
    next: AtomicU64,
    events: Arc<Mutex<Vec<Value>>>,
}

/// One tab.
pub struct Tab {
    line: Arc<Line>,
    session: String,
    context: Value,
}

impl Chrome {
    /// Starts the browser; `None`, with a word on stderr, when none is installed. With `ROOMD_TESTS=all` that fails.
    pub async fn start() -> Option<Chrome> {
        Chrome::start_with(&[]).await
    }

    /// The same with more flags.
    pub async fn start_with(more: &[&str]) -> Option<Chrome> {
        let Some(program) = find() else {
            assert_ne!(
                std::env::var("ROOMD_TESTS").as_deref(),
                Ok("all"),
                "no Chromium"
            );
            eprintln!("SKIPPED: no Chromium is installed");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let flags = [
            "--headless=new",
            "--remote-debugging-pipe",
            // The tests run as any user, root included, and open pages of this project only.
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            // Else a click between a navigation and its first frame is thrown away; nobody sees what to click before that.
            "--allow-pre-commit-input",
            "--force-color-profile=srgb",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let mut child = command()
            .arg("-c")
            .arg(START)
            .arg("sh")
            .arg(program)
            .args(flags)
            .args(more)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let line = Arc::new(Line {
            pipe: AsyncMutex::new(child.stdin.take().unwrap()),
            waiting: Waiting::default(),
            next: AtomicU64::new(1),
            events: Arc::default(),
        });
        let (waiting, events) = (Arc::clone(&line.waiting), Arc::clone(&line.events));
        tokio::spawn(async move {
            let mut reader = BufReader::new(stdout);
            let mut message = Vec::new();
            while reader
                .read_until(0, &mut message)
                .await
                .is_ok_and(|n| n > 0)
            {
                message.pop();
                let value: Value = serde_json::from_slice(&message).unwrap();
                message.clear();
                match value["id"].as_u64() {
                    Some(id) => {
                        if let Some(answer) = waiting.lock().unwrap().remove(&id) {
                            let _ = answer.send(value);
                        }
                    }
                    None => events.lock().unwrap().push(value),
                }
            }
        });
        Some(Chrome {
            _child: child,
            line,
            _profile: profile,
        })
    }

    /// A tab in a context of its own: no cookies of others.
    pub async fn tab(&self) -> Tab {
        let context = self
            .line
            .call(None, "Target.createBrowserContext", json!({}))
            .await;
        let target =
            json!({ "url": "about:blank", "browserContextId": context["browserContextId"] });
        let target = self.line.call(None, "Target.createTarget", target).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = self.line.call(None, "Target.attachToTarget", attach).await;
        let tab = Tab {
            line: Arc::clone(&self.line),
            session: attached["sessionId"].as_str().unwrap().to_owned(),
            context: context["browserContextId"].clone(),
        };
        for domain in ["Page", "Runtime", "Log"] {
            tab.call(&format!("{domain}.enable"), json!({})).await;
        }
        tab
    }
}

impl Line {
    async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let (answer, answered) = oneshot::channel();
        self.waiting.lock().unwrap().insert(id, answer);
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.pipe.lock().await.write_all(&bytes).await.unwrap();
        let answer = timeout(LIMIT, answered).await;
        let mut answer = answer
            .unwrap_or_else(|_| panic!("{method} was not answered"))
            .unwrap();
        assert!(
            answer.get("error").is_none(),
            "{method}: {}",
            answer["error"]
        );
        answer["result"].take()
    }
}

impl Tab {
    pub async fn call(&self, method: &str, params: Value) -> Value {
        self.line.call(Some(&self.session), method, params).await
    }

    /// Opens an address and waits until the page says that it is ready.
    pub async fn open(&self, url: &str) {
        self.call("Page.navigate", json!({ "url": url })).await;
        self.until("document.documentElement.dataset.ready === '' && document.querySelector('.loading') === null || \
            (document.documentElement.dataset.ready === '' && document.body.dataset.title === 'page-pair')")
            .await;
    }

    /// The value of an expression; promises are awaited.
    pub async fn eval(&self, expression: &str) -> Value {
        let params =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let result = self.call("Runtime.evaluate", params).await;
        let thrown = &result["exceptionDetails"];
        assert!(thrown.is_null(), "{expression}: {thrown}");
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true, looking at each frame of the page.
    pub async fn until(&self, expression: &str) {
        let limit = tokio::time::Instant::now() + LIMIT;
        loop {
            let code = format!(
                "new Promise((done) => {{ const end = Date.now() + 2000; const look = () => {{ \
                 let ok = false; try {{ ok = !!({expression}); }} catch {{}} \
                 if (ok || Date.now() > end) done(ok); else setTimeout(look, 15); }}; look(); }})"
            );
            let params = json!({ "expression": code, "awaitPromise": true, "returnByValue": true });
            // A navigation takes the promise away with its page.
            let id = self.line.next.fetch_add(1, Ordering::Relaxed);
            let message = json!({ "id": id, "method": "Runtime.evaluate", "params": params, "sessionId": self.session });
            let (answer, answered) = oneshot::channel();
            self.line.waiting.lock().unwrap().insert(id, answer);
            let mut bytes = serde_json::to_vec(&message).unwrap();
            bytes.push(0);
            self.line.pipe.lock().await.write_all(&bytes).await.unwrap();
            let answer = timeout(LIMIT, answered)
                .await
                .expect("the browser hangs")
                .unwrap();
            if answer["result"]["result"]["value"] == json!(true) {
                return;
            }
            if tokio::time::Instant::now() >= limit {
                let page = "[location.href, document.readyState, document.body?.innerText, \
                    performance.getEntriesByType('resource').map((r) => [r.name, r.responseStatus, r.duration])]";
                let page = self.eval(page).await;
                panic!("never true: {expression}; {page}; {:?}", self.errors());
            }
        }
    }

    /// Size in CSS pixels, scale, and what the person prefers.
    pub async fn shape(&self, (width, height): (u32, u32), scale: f64, scheme: &str) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.call("Emulation.setEmulatedMedia", features).await;
    }

    /// Closes it with its profile: one that is left keeps its connections, and the room has a limit to them.
    pub async fn close(self) {
        let context = json!({ "browserContextId": self.context });
        self.line
            .call(None, "Target.disposeBrowserContext", context)
            .await;
    }

    /// A picture of what is visible, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        use base64::Engine;
        let shot = self
            .call("Page.captureScreenshot", json!({ "format": "png" }))
            .await;
        let engine = base64::engine::general_purpose::STANDARD;
        engine.decode(shot["data"].as_str().unwrap()).unwrap()
    }

    /// A picture of a page of a conference's kind, as JPEG.
    pub async fn sample_page(&self) -> Vec<u8> {
        use base64::Engine;
        self.call("Page.navigate", json!({ "url": SAMPLE })).await;
        self.until("document.querySelector('button')").await;
        let shot = json!({ "format": "jpeg", "quality": 72 });
        let shot = self.call("Page.captureScreenshot", shot).await;
        let engine = base64::engine::general_purpose::STANDARD;
        engine.decode(shot["data"].as_str().unwrap()).unwrap()
    }

    /// Errors on the console, refused loads and exceptions since the last call.
    pub fn errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        let own = |event: &mut Value| event["sessionId"] == json!(self.session);
        for event in self.line.events.lock().unwrap().extract_if(.., own) {
            let params = &event["params"];
            match event["method"].as_str() {
                Some("Runtime.exceptionThrown") => {
                    errors.push(params["exceptionDetails"].to_string())
                }
                Some("Runtime.consoleAPICalled") if params["type"] == json!("error") => {
                    errors.push(params["args"].to_string());
                }
                Some("Log.entryAdded") if params["entry"]["level"] == json!("error") => {
                    errors.push(params["entry"].to_string());
                }
                _ => {}
            }
        }
        errors
    }

    /// The middle of the first element of a selector.
    // A page whose styles are still on their way is laid out once more.
    pub async fn middle(&self, selector: &str) -> (f64, f64) {
        let code = format!(
            "(async () => {{ while (document.readyState !== 'complete') await new Promise((done) => setTimeout(done, 10)); \
             const el = document.querySelector({}); el.scrollIntoView({{ block: 'nearest' }}); \
             const r = el.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()",
            json!(selector)
        );
        let at = self.eval(&code).await;
        (at[0].as_f64().unwrap(), at[1].as_f64().unwrap())
    }

    /// Presses or releases the mouse.
    pub async fn mouse(&self, kind: &str, at: (f64, f64)) {
        let params = json!({ "type": kind, "x": at.0, "y": at.1, "button": "left", "buttons": 1, "clickCount": 1 });
        self.call("Input.dispatchMouseEvent", params).await;
    }

    /// A full click on the first element of a selector.
    pub async fn click(&self, selector: &str) {
        let at = self.middle(selector).await;
        self.mouse("mousePressed", at).await;
        self.mouse("mouseReleased", at).await;
    }

    /// Presses (`rawKeyDown`) or releases (`keyUp`) a key, such as `Tab`.
    pub async fn key(&self, kind: &str, key: &str) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            " " => 32,
            "ArrowRight" => 39,
            _ => 0,
        };
        let kind = if key == "Enter" && kind == "rawKeyDown" {
            "keyDown"
        } else {
            kind
        };
        let text = if key == "Enter" { "\r" } else { "" };
        let params = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text });
        self.call("Input.dispatchKeyEvent", params).await;
    }
}

/// A consent screen as services show it.
const SAMPLE: &str = "data:text/html;charset=utf-8,<body style='margin:0;font:24px sans-serif;background:%23f4f6fa;display:grid;\
    place-items:center;height:100vh'><main style='background:white;padding:48px;max-width:720px;border-radius:12px;\
    box-shadow:0 2px 12px %230003'><h1>Diese Sitzung wird aufgezeichnet</h1><p>Wenn Sie teilnehmen, stimmen Sie der Aufzeichnung \
    von Ton und Bild zu.</p><button style='font:inherit;padding:16px 32px'>Zustimmen</button> \
    <button style='font:inherit;padding:16px 32px'>Verlassen</button></main>";

/// The browser reads commands on descriptor 3 and writes answers on 4.
const START: &str = "if [ -d /etc/chromium/policies ]; then mount -t tmpfs none /etc/chromium/policies || exit 1; fi; \
    exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null";

/// A shell; on a machine that carries a room's managed policy, in a world of its own where that is out of sight,
/// since it lets a browser open the room's conferences only.
fn command() -> Command {
    if !Path::new("/etc/chromium/policies").is_dir() {
        return Command::new("sh");
    }
    let mut command = Command::new("unshare");
    let root = nix::unistd::Uid::effective().is_root();
    command.args(if root { ["-m", "sh"] } else { ["-rm", "sh"] });
    command
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}
