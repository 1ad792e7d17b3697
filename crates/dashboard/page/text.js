// Texts of others, made fit to be shown: what is invisible, or turns the text around it, is written out.

/** Control codes, and what changes the direction or hides between letters. Line ends and tabs are left to the style. */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** How much of a text is put into a page at all. */
const MOST = 20_000;
/** How much of it stands in a cell of a table. */
const MOST_IN_CELL = 160;

const written = (letter) => `\\u{${letter.codePointAt(0).toString(16)}}`;

/** Any value as a text that shows what is in it. */
export function plain(value) {
  const text = String(value ?? "");
  const cut = text.length > MOST ? `${text.slice(0, MOST)}… (${text.length.toLocaleString("en")} letters)` : text;
  return cut.replace(UNSEEN, written);
}

/** The same, short. */
export function short(value, most = MOST_IN_CELL) {
  const text = plain(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** `1 alert`, `2 alerts`. */
export const counted = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

/** The first letter made large: for words of the interface that begin a line. */
export const begun = (text) => text.charAt(0).toUpperCase() + text.slice(1);
