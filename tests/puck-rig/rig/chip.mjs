// The chip: runs an image as built, in virtual time. Owns clock, pins, resets and what the boot ROM does for a program.
// Knows nothing of what is wired to the pins.
//
// The emulator's own programmable I/O runs beside the clock; here it is stepped by it, so that what it sends has its true
// length. The boot ROM is not emulated: the few of its functions that the image calls are done here.

import { createRequire } from 'node:module';

const FLASH = 0x10000000;
const VECTORS = 0x10000100;
const ROM_END = 0x4000;
const WATCHDOG = 0x40058;
const SSI = 0x18000;
const XIP = 0x14000;
const NANOS = 1e9;

// What the image asks the ROM for: two letters each (RP2040 datasheet, 2.8.3).
const ROM_FUNCTIONS = {
  IF: () => {}, EX: () => {}, FC: () => {}, CX: () => {},
  C4: (chip, [to, from, bytes]) => chip.copy(to, from, bytes),
  MC: (chip, [to, from, bytes]) => chip.copy(to, from, bytes),
  UB: chip => { chip.loader = true; },
};
const LOOKUP = 0x20;
const FUNCTIONS_AT = 0x100;

export function parts(folder) {
  return createRequire(`${folder}/`)('rp2040js');
}

// The blocks of a UF2 file, each with its place in flash.
export function blocks(file) {
  const found = [];
  for (let at = 0; at + 512 <= file.length; at += 512) {
    const size = file.readUInt32LE(at + 16);
    found.push({ place: file.readUInt32LE(at + 12), bytes: file.subarray(at + 32, at + 32 + size) });
  }
  return found;
}

export class Chip {
  // `before` is the chip whose memory survives, after a reset by the watchdog.
  constructor(lib, image, serial, before) {
    this.lib = lib;
    this.rp = new lib.RP2040();
    this.clock = this.rp.clock;
    const { core } = this.rp;
    // The emulator tells of SEV and does no more, so a program that wakes itself would sleep until something else does.
    const info = (from, text) => { if (text === 'SEV') core.eventRegistered = true; };
    this.rp.logger = { debug() {}, info, warn() {}, error() {} };
    for (const { place, bytes } of image) this.rp.flash.set(bytes, place - FLASH);
    this.watchdog = this.rp.peripherals[WATCHDOG];
    this.started = 0;
    this.loader = false;
    this.stalled = false;
    if (before) this.inherit(before);
    this.watchdog.onWatchdogTrigger = () => {
      this.resetting = true;
      // Else the emulator's alarm goes off again and again at the same moment.
      this.watchdog.timer.enable = false;
    };
    // The cache in front of the flash, which the emulator leaves out: nothing streams, nothing waits.
    this.rp.peripherals[XIP] = { readUint32: () => 0, writeUint32Atomic() {} };
    this.fillRom();
    this.identify(serial);
    this.timePio();
    this.rp.core.VTOR = VECTORS;
    this.rp.core.reset();
  }

  inherit(before) {
    this.rp.sram.set(before.rp.sram);
    this.watchdog.reason = before.watchdog.reason;
    this.watchdog.scratchData.set(before.watchdog.scratchData);
    this.started = before.now;
  }

  // Nanoseconds since power was given.
  get now() {
    return this.started + this.clock.nanos;
  }

  // Runs until that time, or until it resets, enters the loader, or what is wired to it asks for a pause.
  run(until) {
    const { core } = this.rp;
    const end = until - this.started;
    while (this.clock.nanos < end && !this.resetting && !this.loader) {
      if (core.waiting || this.stalled) {
        const next = this.clock.nextAlarm ? this.clock.nanosToNextAlarm : Infinity;
        // At least a nanosecond, since a difference of large numbers may round to no step at all.
        this.clock.tick(Math.max(1, Math.min(next, end - this.clock.nanos)));
      } else if (core.PC < ROM_END) {
        this.callRom(core);
      } else {
        this.clock.tick(core.executeInstruction() * (NANOS / this.rp.clkSys));
      }
    }
  }

  pin(number) {
    return this.rp.gpio[number];
  }

  after(nanos, done) {
    this.clock.createAlarm(done).schedule(nanos);
  }

  copy(to, from, bytes) {
    for (let n = 0; n < bytes; n++) this.rp.writeUint8(to + n, this.rp.readUint8(from + n));
    return to;
  }

  fillRom() {
    const rom = new DataView(this.rp.bootrom.buffer);
    rom.setUint16(0x14, FUNCTIONS_AT, true);
    rom.setUint16(0x18, LOOKUP | 1, true);
  }

  // The lookup answers an address for each name; a call to that address does what the function does.
  callRom(core) {
    const args = [core.registers[0], core.registers[1], core.registers[2], core.registers[3]];
    if (core.PC === LOOKUP) {
      const name = String.fromCharCode(args[1] & 0xff, args[1] >>> 8);
      const place = Object.keys(ROM_FUNCTIONS).indexOf(name);
      if (place < 0) throw new Error(`the image asks the ROM for "${name}"`);
      core.registers[0] = (FUNCTIONS_AT + 4 * place) | 1;
    } else {
      const [name, act] = Object.entries(ROM_FUNCTIONS)[(core.PC - FUNCTIONS_AT) >> 2] ?? [];
      if (!act) throw new Error(`the image jumped to ${core.PC.toString(16)}`);
      core.registers[0] = act(this, args, name) ?? 0;
    }
    core.PC = core.LR & ~1;
    this.clock.tick(100);
  }

  // The flash answers its unique number to command 4B: four idle bytes, then eight (W25Q16JV datasheet, 8.2.26).
  identify(serial) {
    const ssi = this.rp.peripherals[SSI];
    const read = ssi.readUint32.bind(ssi);
    const write = ssi.writeUint32.bind(ssi);
    const DR0 = 0x60;
    let answer = null;
    ssi.writeUint32 = (offset, value) => {
      if (offset === DR0) answer = (value & 0xff) === 0x4b ? [0, 0, 0, 0, ...serial] : null;
      write(offset, value);
    };
    ssi.readUint32 = offset => (offset === DR0 && answer ? answer.shift() ?? 0 : read(offset));
  }

  timePio() {
    for (const pio of this.rp.pio) {
      pio.run = () => pio.machines.filter(machine => machine.enabled).forEach(machine => machine.wake());
      for (const machine of pio.machines) this.timeMachine(pio, machine);
    }
  }

  timeMachine(pio, machine) {
    // Nothing is in the output register before the first word.
    machine.outputShiftCount = 32;
    let running = false;
    const alarm = this.clock.createAlarm(() => {
      const before = machine.cycles;
      machine.step();
      pio.checkChangedPins();
      running = machine.enabled && !machine.waiting;
      if (running) alarm.schedule(Math.max(1, machine.cycles - before) * this.cycleOf(machine));
    });
    machine.wake = () => {
      if (running || !machine.enabled) return;
      running = true;
      alarm.schedule(this.cycleOf(machine));
    };
    const writeFIFO = machine.writeFIFO.bind(machine);
    machine.writeFIFO = value => {
      writeFIFO(value);
      machine.wake();
    };
  }

  cycleOf(machine) {
    return ((machine.clockDivInt || 65536) + machine.clockDivFrac / 256) * (NANOS / this.rp.clkSys);
  }
}
