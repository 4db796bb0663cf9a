// A host on the chip's two wires: carries bytes at its own speed. Knows the PL011 (ARM DDI 0183, chapter 3); nothing of what
// the bytes mean.
//
// It takes the place of the emulator's registers. Those lack the one for DMA and answer all ones for it, so a program takes its
// line for one that DMA feeds and never touches it; besides, they send in no time and ask for more without end.

const REGISTERS = {
  data: 0x00, errors: 0x04, flags: 0x18, whole: 0x24, fraction: 0x28, line: 0x2c, control: 0x30, levels: 0x34, mask: 0x38,
  raw: 0x3c, masked: 0x40, clear: 0x44, dma: 0x48,
};
const NAMES = Object.fromEntries(Object.entries(REGISTERS).map(([name, offset]) => [offset, name]));
const RECEIVED = 1 << 4;
const SENT = 1 << 5;
const TIMED_OUT = 1 << 6;
const FRAMING = 1 << 8;
const ENABLED = 1;
const SENDS = 1 << 8;
const RECEIVES = 1 << 9;
// Entries of each of the RP2040's queues (its datasheet, 4.2.2), and the shares of them that ask for attention.
const ENTRIES = 32;
const SHARES = [1 / 8, 1 / 4, 1 / 2, 3 / 4, 7 / 8];
// A start bit, eight of the byte, a stop bit.
const BITS = 10;
const FUNCTION = 2;
const TOLERATED = 0.03;

export class Wires {
  // `rate` is how many of the chip's nanoseconds pass in one of the host's.
  constructor(chip, port, pins, rate, said) {
    Object.assign(this, { chip, port, pins, said });
    this.kept = { whole: 0, fraction: 0, line: 0, control: RECEIVES | SENDS, levels: 0x12, mask: 0, dma: 0 };
    this.raw = 0;
    this.sending = [];
    this.received = [];
    this.told = [];
    this.coming = [];
    this.bit = (1e9 / 115200) * rate;
    port.readUint32 = offset => this.read(NAMES[offset]);
    port.writeUint32 = (offset, value) => this.write(NAMES[offset], value);
    this.timeout = chip.clock.createAlarm(() => this.raise(TIMED_OUT));
  }

  // What it has in common with a host on USB; nothing to do on two wires.
  setSpeed() {}

  setOpen() {}

  // Bytes for the chip, one after the other.
  send(bytes) {
    const idle = !this.coming.length;
    this.coming.push(...bytes);
    if (idle && this.coming.length) this.arrive();
  }

  arrive() {
    this.chip.after(BITS * this.bit, () => {
      this.take(this.coming.shift());
      if (this.coming.length) this.arrive();
    });
  }

  take(byte) {
    if (!this.on(RECEIVES, this.pins.rx) || this.received.length >= ENTRIES) return;
    this.received.push(this.fits() ? byte : FRAMING);
    this.timeout.schedule(32 * this.bit);
    if (this.received.length >= this.level(3)) this.raise(RECEIVED);
  }

  // Whether both ends tell the same bits apart.
  fits() {
    return Math.abs(this.ownBit() / this.bit - 1) < TOLERATED;
  }

  ownBit() {
    return 16 * (this.kept.whole + this.kept.fraction / 64) * (1e9 / this.chip.rp.clkPeri);
  }

  on(direction, pin) {
    const { control } = this.kept;
    return !!(control & ENABLED) && !!(control & direction) && this.chip.pin(pin).functionSelect === FUNCTION;
  }

  level(shift) {
    return ENTRIES * (SHARES[(this.kept.levels >> shift) & 7] ?? 1 / 2);
  }

  raise(what) {
    this.raw |= what;
    this.ask();
  }

  ask() {
    this.chip.rp.setInterrupt(this.port.irq, !!(this.raw & this.kept.mask));
  }

  read(name) {
    if (name === 'data') return this.pull();
    if (name === 'flags') return this.flags();
    if (name === 'raw') return this.raw;
    if (name === 'masked') return this.raw & this.kept.mask;
    if (name === 'errors') return 0;
    if (name in this.kept) return this.kept[name];
    throw new Error(`the image reads ${name ?? 'an unknown register'} of the UART`);
  }

  write(name, value) {
    if (name === 'data') return this.push(value & 0xff);
    if (name === 'clear') this.raw &= ~this.port.rawWriteValue;
    else if (name in this.kept) this.kept[name] = value;
    else if (name !== 'errors') throw new Error(`the image writes ${name ?? 'an unknown register'} of the UART`);
    this.ask();
  }

  pull() {
    const byte = this.received.shift() ?? 0;
    if (this.received.length < this.level(3)) this.raw &= ~RECEIVED;
    if (!this.received.length) {
      this.raw &= ~TIMED_OUT;
      this.timeout.cancel();
    }
    this.ask();
    return byte;
  }

  flags() {
    const { sending, received } = this;
    const is = (what, bit) => (what ? 1 << bit : 0);
    return is(sending.length, 3) | is(!received.length, 4) | is(sending.length >= ENTRIES, 5) |
      is(received.length >= ENTRIES, 6) | is(!sending.length, 7);
  }

  push(byte) {
    if (!this.on(SENDS, this.pins.tx) || this.sending.length >= ENTRIES) return;
    this.sending.push(byte);
    if (this.sending.length > this.level(0)) this.raw &= ~SENT;
    if (this.sending.length === 1) this.leave();
  }

  leave() {
    this.chip.after(BITS * this.ownBit(), () => {
      const byte = this.sending.shift();
      this.told.push(this.fits() ? byte : 0xff);
      if (this.sending.length === this.level(0)) this.raise(SENT);
      if (this.sending.length) this.leave();
      // A program that reads the line sees bytes as they come; here they are told a frame at a time.
      if (byte === 0 || !this.sending.length) this.said({ ev: 'bytes', hex: Buffer.from(this.told.splice(0)).toString('hex') });
    });
  }
}
