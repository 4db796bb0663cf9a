// The ring of light: lengths of pulses on one pin become colours. Knows the WS2812's timing, nothing of the image.

// A high pulse of a one lasts 0.8 us, of a zero 0.4 us; a pause of more than 50 us ends a frame (WS2812B datasheet).
const ONE_FROM = 550;
const PAUSE = 50e3;

export class Ring {
  constructor(chip, pin, said) {
    this.chip = chip;
    this.said = said;
    this.bits = [];
    this.rose = 0;
    this.fell = 0;
    chip.pin(pin).addListener(value => this.edge(value === chip.lib.GPIOPinState.High));
  }

  edge(high) {
    const now = this.chip.now;
    if (high) {
      if (now - this.fell > PAUSE) this.bits = [];
      this.rose = now;
      return;
    }
    this.fell = now;
    if (this.rose === 0) return;
    this.bits.push(now - this.rose > ONE_FROM ? 1 : 0);
  }

  // A frame that has been quiet for the pause is shown.
  settle() {
    if (!this.bits.length || this.chip.now - this.fell < PAUSE) return;
    const colours = [];
    for (let at = 0; at + 24 <= this.bits.length; at += 24) {
      const word = this.bits.slice(at, at + 24).reduce((sum, bit) => sum * 2 + bit, 0);
      const [green, red, blue] = [word >> 16, (word >> 8) & 0xff, word & 0xff];
      colours.push([red, green, blue].map(part => part.toString(16).padStart(2, '0')).join(''));
    }
    const strange = this.bits.length % 24;
    this.bits = [];
    const shown = colours.join(' ');
    if (shown === this.shown && !strange) return;
    this.shown = shown;
    this.said({ ev: 'ring', at: this.fell, colours, ...(strange ? { strange } : {}) });
  }
}
