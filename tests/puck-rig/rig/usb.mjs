// A host for the chip's USB port: finds out what was plugged in, opens its serial line, carries bytes.
// Knows USB 2.0 chapter 9 and the communication class; nothing of what the bytes mean.

const SET_LINE_CODING = 0x20;
const SET_CONTROL_LINE_STATE = 0x22;
const BULK = 2;
// Buffer control registers lie here, one word for each direction of each endpoint (RP2040 datasheet, 4.1.3).
const CONTROLS = { from: 0x80, to: 0x100 };
const AVAILABLE = 1 << 10;
const FULL = 1 << 15;
const LENGTH = 0x3ff;
// A packet on a line that is not busy, in nanoseconds, and for each of its bytes.
const PACKET = 10e3;
const BYTE = 667;
const DATA_CLASS = 10;

export class Host {
  constructor(chip, said) {
    const usb = chip.rp.usbCtrl;
    this.chip = chip;
    this.lib = chip.lib;
    this.usb = usb;
    this.said = said;
    this.transfers = [];
    this.out = [];
    this.line = null;
    usb.onUSBEnabled = () => usb.resetDevice();
    usb.onResetReceived = () => this.enumerate();
    // The emulator hands a buffer back before its packet came, which programs take for an answer.
    usb.DPRAMUpdated = (offset, value) => this.offered(offset, value);
  }

  offered(offset, value) {
    if (offset < CONTROLS.from || offset >= CONTROLS.to || !(value & AVAILABLE)) return;
    const endpoint = (offset - CONTROLS.from) >> 3;
    const size = value & LENGTH;
    if (offset & 4) return this.wanted(endpoint, size);
    this.chip.after(PACKET + BYTE * size, () => {
      const from = this.usb.getEndpointBufferOffset(endpoint, false);
      const bytes = this.chip.rp.usbDPRAM.slice(from, from + size);
      this.handBack(endpoint, false, value & ~FULL);
      this.written(endpoint, bytes);
    });
  }

  deliver(endpoint, bytes) {
    this.chip.after(PACKET + BYTE * bytes.length, () => {
      const place = this.control(endpoint, true);
      const value = this.chip.rp.usbDPRAMView.getUint32(place, true);
      this.chip.rp.usbDPRAM.set(bytes, this.usb.getEndpointBufferOffset(endpoint, true));
      this.handBack(endpoint, true, (value & ~LENGTH) | bytes.length | FULL);
    });
  }

  handBack(endpoint, out, value) {
    this.chip.rp.usbDPRAMView.setUint32(this.control(endpoint, out), value & ~AVAILABLE, true);
    this.usb.indicateBufferReady(endpoint, out);
  }

  control(endpoint, out) {
    return CONTROLS.from + 8 * endpoint + (out ? 4 : 0);
  }

  // Bytes for the device; they wait until it wants them.
  send(bytes) {
    this.out.push(...bytes);
    this.offer();
  }

  // As a program does that opens the line, and as one that sets a speed.
  setSpeed(baud) {
    const coding = [baud & 0xff, (baud >> 8) & 0xff, (baud >> 16) & 0xff, 0, 0, 0, 8];
    this.request({ type: 1, recipient: 1, request: SET_LINE_CODING, value: 0, data: coding });
  }

  setOpen(open, done) {
    this.request({ type: 1, recipient: 1, request: SET_CONTROL_LINE_STATE, value: open ? 3 : 0, done });
  }

  enumerate() {
    this.transfers = [];
    this.request({ request: 5, value: 1 });
    this.ask(1, 0, 18, device => {
      this.device = { vendor: device[8] | (device[9] << 8), product: device[10] | (device[11] << 8) };
      ['manufacturer', 'name', 'serial'].forEach((what, n) => this.askText(device[14 + n], what));
      this.configure();
    });
  }

  configure() {
    this.ask(2, 0, 512, all => { this.endpoints = bulkEndpoints(all); });
    this.request({ request: 9, value: 1 });
    this.setSpeed(115200);
    this.setOpen(true, () => this.ready());
  }

  ready() {
    this.line = this.endpoints;
    this.said({ ev: 'usb', ...this.device });
    this.offer();
  }

  askText(index, what) {
    this.ask(3, index, 255, bytes => { this.device[what] = Buffer.from(bytes.slice(2)).toString('utf16le'); });
  }

  ask(kind, index, most, done) {
    this.request({ in: most, request: 6, value: (kind << 8) | index, index: kind === 3 ? 0x0409 : 0, done });
  }

  request(transfer) {
    this.transfers.push({ got: [], ...transfer });
    if (this.transfers.length === 1) this.begin();
  }

  begin() {
    const t = this.transfers[0];
    if (!t) return;
    this.usb.sendSetupPacket(this.lib.createSetupPacket({
      dataDirection: t.in ? 1 : 0,
      type: t.type ?? 0,
      recipient: t.recipient ?? 0,
      bRequest: t.request,
      wValue: t.value,
      wIndex: t.index ?? 0,
      wLength: t.in ?? t.data?.length ?? 0,
    }));
  }

  finish() {
    const done = this.transfers.shift();
    done?.done?.(done.got);
    this.begin();
  }

  written(endpoint, bytes) {
    if (endpoint === 0) return this.answered(bytes);
    if (endpoint === this.line?.in) this.said({ ev: 'bytes', hex: Buffer.from(bytes).toString('hex') });
  }

  answered(bytes) {
    const t = this.transfers[0];
    if (!t) return;
    if (!t.in) return this.finish();
    t.got.push(...bytes);
    if (bytes.length < 64 || t.got.length >= t.in) this.finish();
  }

  wanted(endpoint, size) {
    if (endpoint === 0) {
      const data = this.transfers[0]?.data ?? [];
      if (data.length || size === 0) this.deliver(0, Uint8Array.from(data.splice(0, size)));
      return;
    }
    this.hungry = { endpoint, size };
    this.offer();
  }

  offer() {
    if (!this.hungry || this.hungry.endpoint !== this.line?.out || !this.out.length) return;
    const { endpoint, size } = this.hungry;
    this.hungry = null;
    this.deliver(endpoint, Uint8Array.from(this.out.splice(0, size)));
  }
}

function bulkEndpoints(descriptors) {
  const found = {};
  let data = false;
  for (let at = 0; at + 1 < descriptors.length && descriptors[at] > 1; at += descriptors[at]) {
    const [, type, address, attributes, , cls] = descriptors.slice(at, at + 6);
    if (type === 4) data = cls === DATA_CLASS;
    if (type === 5 && data && (attributes & 3) === BULK) found[address & 0x80 ? 'in' : 'out'] = address & 0xf;
  }
  return found;
}
