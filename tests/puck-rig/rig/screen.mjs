// The displays on their buses: what was sent becomes a picture. Knows the two controllers' commands, nothing of the image.

const INTERRUPT_MASK = 0x30;
const TX_EMPTY = 1 << 4;
const PULSES = 4;

// The emulator takes no interrupt mask, so a program that waits for the bus would wait for ever.
function mendInterrupts(bus) {
  const write = bus.writeUint32.bind(bus);
  bus.writeUint32 = (offset, value) => {
    if (offset !== INTERRUPT_MASK) return write(offset, value);
    bus.intEnable = value;
    if (bus.txFIFO.itemCount <= bus.txThreshold) bus.intRaw |= TX_EMPTY;
    bus.checkInterrupts();
  };
}

// How many bytes follow a command of the SSD1306 (its datasheet, table 9-1); others stand alone.
const MORE = {
  0x20: 1, 0x21: 2, 0x22: 2, 0x81: 1, 0x8d: 1, 0xa3: 2, 0xa8: 1, 0xd3: 1, 0xd5: 1, 0xd9: 1, 0xda: 1, 0xdb: 1,
  0x26: 6, 0x27: 6, 0x29: 5, 0x2a: 5,
};

function tellDrawn(screen, force) {
  if (!screen.burst || (!force && screen.chip.now - screen.burst.to < 2e6)) return;
  const { from, to, bytes } = screen.burst;
  screen.burst = null;
  screen.said({ ev: 'drawn', from, to, bytes });
}

function tellLight(screen, percent) {
  if (screen.percent === percent) return;
  screen.percent = percent;
  screen.said({ ev: 'shine', percent });
}

export class Oled {
  static address = 0x3c;
  width = 128;
  height = 64;

  constructor(chip, bus, said) {
    this.chip = chip;
    this.said = said;
    this.memory = new Uint8Array(1024);
    this.columns = [0, 127];
    this.pages = [0, 7];
    this.at = [0, 0];
    this.command = [];
    this.lit = false;
    this.contrast = 0x7f;
    this.percent = 0;
    this.burst = null;
    this.attach(chip, bus);
  }

  attach(chip, bus) {
    mendInterrupts(bus);
    const byte = () => 9 * this.bitNanos(bus);
    bus.onStart = () => bus.completeStart();
    bus.onConnect = address => chip.after(byte(), () => {
      this.control = null;
      bus.completeConnect(address === Oled.address);
    });
    bus.onWriteByte = value => chip.after(byte(), () => {
      this.take(value);
      bus.completeWrite(true);
    });
    bus.onStop = () => bus.completeStop();
  }

  // Of the rates that the program set, in fast mode (RP2040 datasheet, 4.3.14); the crystal's clock feeds it at full speed.
  bitNanos(bus) {
    return (bus.fsClockHighPeriod + bus.fsClockLowPeriod) * (1e9 / this.chip.rp.clkPeri);
  }

  take(value) {
    if (this.control === null) this.control = value;
    else if (this.control & 0x40) this.draw(value);
    else this.order(value);
  }

  order(value) {
    this.command.push(value);
    const [first, ...rest] = this.command;
    if (rest.length < (MORE[first] ?? 0)) return;
    this.command = [];
    if (first === 0x21) [this.columns, this.at[0]] = [rest, rest[0]];
    if (first === 0x22) [this.pages, this.at[1]] = [rest, rest[0]];
    if (first >= 0xb0 && first <= 0xb7) this.at[1] = first & 7;
    if (first < 0x10) this.at[0] = (this.at[0] & 0xf0) | first;
    if (first >= 0x10 && first < 0x20) this.at[0] = (this.at[0] & 0x0f) | ((first & 0xf) << 4);
    if (first === 0xae || first === 0xaf) this.lit = first === 0xaf;
    if (first === 0x81) this.contrast = rest[0];
    if (first === 0xa0 || first === 0xa1) this.mirrored = first === 0xa0;
    if (first === 0xc0 || first === 0xc8) this.flipped = first === 0xc0;
  }

  draw(value) {
    const { chip } = this;
    const [x, page] = this.at;
    this.burst ??= { from: chip.now, bytes: 0 };
    this.burst.to = chip.now;
    this.burst.bytes += 1;
    this.memory[(page & 7) * 128 + (x & 127)] = value;
    this.at[0] += 1;
    if (this.at[0] > this.columns[1]) {
      this.at[0] = this.columns[0];
      this.at[1] = this.at[1] >= this.pages[1] ? this.pages[0] : this.at[1] + 1;
    }
  }

  // A redraw that has been quiet for two milliseconds is whole.
  settle(force) {
    // At the lowest contrast it still glows.
    tellLight(this, this.lit ? Math.max(1, Math.round((this.contrast * 100) / 255)) : 0);
    tellDrawn(this, force);
  }

  pixel(x, y) {
    const column = this.mirrored ? 127 - x : x;
    const row = this.flipped ? 63 - y : y;
    const on = this.lit && (this.memory[(row >> 3) * 128 + column] >> (row & 7)) & 1;
    return on ? [255, 255, 255] : [0, 0, 0];
  }
}

export class Tft {
  width = 240;
  height = 240;

  constructor(chip, bus, pins, said) {
    this.chip = chip;
    this.said = said;
    this.pins = pins;
    this.memory = new Uint16Array(240 * 320);
    this.percent = 0;
    this.burst = null;
    this.reset();
    bus.onTransmit = value => {
      const [data, selected] = [this.high(pins.command), !this.high(pins.select)];
      chip.after((8 * 1e9) / (bus.clockFrequency || 1e6), () => {
        if (selected && data) this.data(value);
        else if (selected) this.order(value);
        bus.completeTransmit(0xff);
      });
    };
  }

  // As after power was given: asleep, off, a colour in three bytes (ST7789V datasheet, 9.1).
  reset() {
    Object.assign(this, { asleep: true, on: false, inverted: false, format: 0x66, turned: 0, command: 0, bytes: [] });
    this.window = { x: [0, 239], y: [0, 319] };
    this.at = [0, 0];
  }

  high(pin) {
    return this.chip.pin(pin).value === this.chip.lib.GPIOPinState.High;
  }

  order(value) {
    this.command = value;
    this.bytes = [];
    if (value === 0x01) this.reset();
    if (value === 0x10 || value === 0x11) this.asleep = value === 0x10;
    if (value === 0x20 || value === 0x21) this.inverted = value === 0x21;
    if (value === 0x28 || value === 0x29) this.on = value === 0x29;
    if (value === 0x2c) this.at = [this.window.x[0], this.window.y[0]];
  }

  data(value) {
    this.bytes.push(value);
    const b = this.bytes;
    const range = () => [(b[0] << 8) | b[1], (b[2] << 8) | b[3]];
    if (this.command === 0x2a && b.length === 4) this.window.x = range();
    if (this.command === 0x2b && b.length === 4) this.window.y = range();
    if (this.command === 0x36) this.turned = value;
    if (this.command === 0x3a) this.format = value;
    if (this.command === 0x2c && b.length === 2) {
      this.put((b[0] << 8) | b[1]);
      this.bytes = [];
    }
  }

  put(colour) {
    this.burst ??= { from: this.chip.now, bytes: 0 };
    this.burst.to = this.chip.now;
    this.burst.bytes += 2;
    const [x, y] = this.at;
    if (x < 240 && y < 320) this.memory[y * 240 + x] = colour;
    this.at[0] += 1;
    if (this.at[0] > this.window.x[1]) {
      this.at = [this.window.x[0], y >= this.window.y[1] ? this.window.y[0] : y + 1];
    }
  }

  settle(force) {
    tellLight(this, this.light());
    tellDrawn(this, force);
  }

  // The share of time for which the pin of its light is high, once the program has given that pin to the pulses.
  light() {
    const { csr, cc, top } = this.chip.rp.pwm.channels[this.pins.light >> 1];
    const pulses = this.chip.pin(this.pins.light).functionSelect === PULSES && csr & 1;
    return pulses ? Math.min(100, Math.round(((cc >>> 16) * 100) / (top + 1))) : 0;
  }

  // Such a glass shows the opposite of what it is told, unless it is told to invert that; and this picture is of one that is
  // neither turned nor told colours in another form.
  pixel(x, y) {
    const awake = this.on && !this.asleep && this.turned === 0 && (this.format & 7) === 5 && this.light() > 0;
    const c = awake ? this.memory[y * 240 + x] ^ (this.inverted ? 0 : 0xffff) : 0;
    const [r, g, b] = [c >> 11, (c >> 5) & 63, c & 31];
    return [(r << 3) | (r >> 2), (g << 2) | (g >> 4), (b << 3) | (b >> 2)];
  }
}
