//! A few words that survive a reset: why the image ended. Owns that piece of memory; knows nobody who reads them.

use core::cell::UnsafeCell;
use core::fmt::{self, Write};
use core::panic::PanicInfo;
use embassy_rp::pac;
use wire::Text;

const MAGIC: u32 = 0x7075_636b;

/// Not cleared at start, so what a panic wrote is still there (SRAM keeps its content over a reset by the watchdog).
#[unsafe(link_section = ".uninit.retained")]
static NOTE: Note = Note(UnsafeCell::new(Words {
    magic: 0,
    len: 0,
    check: 0,
    bytes: [0; Text::MAX],
}));

struct Note(UnsafeCell<Words>);

// SAFETY: written by a panic, which ends everything else, and taken once before anything else runs.
unsafe impl Sync for Note {}

struct Words {
    magic: u32,
    len: u32,
    check: u32,
    bytes: [u8; Text::MAX],
}

impl Words {
    fn sum(&self) -> u32 {
        let bytes = self.bytes.iter();
        bytes.fold(self.len, |sum, b| sum.rotate_left(5) ^ u32::from(*b))
    }
}

impl Write for Words {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes().filter(u8::is_ascii) {
            match self.bytes.get_mut(self.len as usize) {
                Some(place) => *place = byte,
                None => return Err(fmt::Error),
            }
            self.len += 1;
        }
        Ok(())
    }
}

/// Why the last run ended, once; nothing after power was given.
pub fn take() -> Option<Text> {
    // SAFETY: called first of all, when nobody else can look.
    let note = unsafe { &mut *NOTE.0.get() };
    let whole = note.magic == MAGIC && note.len as usize <= Text::MAX && note.check == note.sum();
    note.magic = 0;
    let reason = pac::WATCHDOG.reason().read();
    match (whole, reason.timer()) {
        (true, _) => core::str::from_utf8(&note.bytes[..note.len as usize])
            .ok()
            .map(Text::cut),
        (false, true) => Some(Text::cut("watchdog: nothing moved")),
        (false, false) => None,
    }
}

/// Keeps file, line and message, and starts anew.
#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    cortex_m::interrupt::disable();
    // SAFETY: nothing else runs any more.
    let note = unsafe { &mut *NOTE.0.get() };
    (note.len, note.bytes) = (0, [0; Text::MAX]);
    if let Some(place) = info.location() {
        let file = place.file().rsplit('/').next().unwrap_or_default();
        let _ = write!(note, "{file}:{} ", place.line());
    }
    let _ = write!(note, "{}", info.message());
    note.magic = MAGIC;
    note.check = note.sum();
    restart()
}

/// A fault of the processor is told as a panic is.
#[cortex_m_rt::exception]
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    panic!("fault at {:x}", frame.pc())
}

fn restart() -> ! {
    // All but the two oscillators (RP2040 datasheet, 2.14).
    pac::PSM
        .wdsel()
        .write_value(pac::psm::regs::Wdsel(0x1_fffc));
    pac::WATCHDOG.ctrl().modify(|w| w.set_trigger(true));
    loop {
        cortex_m::asm::nop();
    }
}
