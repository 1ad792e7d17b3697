// A small capture made by hand: a host that asks for a name again and again.

/** A pcap file of so many UDP packets. */
export function capture(packets) {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(1, 20);
  return Buffer.concat([head, ...Array.from({ length: packets }, (_, at) => record(at))]);
}

function record(at) {
  const frame = Buffer.concat([ethernet(), ipv4(at), query()]);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(1_790_000_000 + at, 0);
  head.writeUInt32LE(frame.length, 8);
  head.writeUInt32LE(frame.length, 12);
  return Buffer.concat([head, frame]);
}

const ethernet = () => Buffer.from("020000000002020000000001" + "0800", "hex");
const NAME = Buffer.from("\u0003www\u0007example\u0003org\u0000", "latin1");

function ipv4(at) {
  const head = Buffer.alloc(20);
  head[0] = 0x45;
  head.writeUInt16BE(20 + 8 + 12 + NAME.length + 4, 2);
  head[8] = 64;
  head[9] = 17;
  head.set([192, 0, 2, 7], 12);
  head.set([198, 51, 100, 1 + (at % 9)], 16);
  let sum = 0;
  for (let place = 0; place < 20; place += 2) sum += head.readUInt16BE(place);
  head.writeUInt16BE(~((sum & 0xffff) + (sum >>> 16)) & 0xffff, 10);
  return head;
}

function query() {
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(40_000, 0);
  udp.writeUInt16BE(53, 2);
  udp.writeUInt16BE(8 + 12 + NAME.length + 4, 4);
  return Buffer.concat([udp, Buffer.from("123401000001000000000000", "hex"), NAME, Buffer.from("00010001", "hex")]);
}
