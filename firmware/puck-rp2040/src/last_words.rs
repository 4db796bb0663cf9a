//! The memory that keeps why the image ended, over the reset that follows. What it holds is `puck-parts`' matter.

use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use embassy_rp::pac::{self, psm::regs::Wdsel};
use puck_parts::{Note, Text};

/// Not cleared at start: SRAM keeps its content over a reset by the watchdog.
#[unsafe(link_section = ".uninit.last_words")]
static NOTE: Place = Place(UnsafeCell::new(Note::EMPTY));

struct Place(UnsafeCell<Note>);

// SAFETY: written by a panic, which ends everything else, and taken once before anything else runs.
unsafe impl Sync for Place {}

pub fn take() -> Option<Text> {
    // SAFETY: called first of all, when nobody else can look.
    let note = unsafe { &mut *NOTE.0.get() };
    note.take(pac::WATCHDOG.reason().read().timer())
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    cortex_m::interrupt::disable();
    // SAFETY: nothing else runs any more.
    let note = unsafe { &mut *NOTE.0.get() };
    note.keep(info.location(), &info.message());
    // All but the two oscillators start anew (RP2040 datasheet, 2.14).
    pac::PSM.wdsel().write_value(Wdsel(0x1_fffc));
    pac::WATCHDOG.ctrl().modify(|w| w.set_trigger(true));
    loop {
        cortex_m::asm::nop();
    }
}

/// A fault of the processor is told as a panic is.
#[cortex_m_rt::exception]
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    panic!("fault at {:x}", frame.pc())
}
