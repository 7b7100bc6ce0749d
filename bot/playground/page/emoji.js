// The emoji that bots use, by Slack's short names. A name that is not here is shown as it is written.
import { h } from "./dom.js";

const PICTURES = {
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", negative_squared_cross_mark: "❎",
  no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", warning: "⚠️", rotating_light: "🚨", bangbang: "‼️",
  exclamation: "❗", grey_exclamation: "❕", question: "❓", grey_question: "❔", information_source: "ℹ️",
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", ok_hand: "👌", raised_hand: "✋", hand: "✋", wave: "👋",
  clap: "👏", raising_hand: "🙋", raised_hands: "🙌", pray: "🙏", muscle: "💪", point_right: "👉", point_left: "👈", point_up: "☝️", point_down: "👇",
  eyes: "👀", tada: "🎉", rocket: "🚀", fire: "🔥", boom: "💥", sparkles: "✨", star: "⭐", heart: "❤️", bulb: "💡", zap: "⚡",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", alarm_clock: "⏰", stopwatch: "⏱️", timer_clock: "⏲️", watch: "⌚",
  clock1: "🕐", clock3: "🕒", clock9: "🕘", calendar: "📆", date: "📅", spiral_calendar_pad: "🗓️", moon: "🌔", zzz: "💤",
  arrow_up: "⬆️", arrow_down: "⬇️", arrow_right: "➡️", arrow_left: "⬅️", arrow_forward: "▶️", arrow_backward: "◀️",
  arrow_up_down: "↕️", leftwards_arrow_with_hook: "↩️", arrow_right_hook: "↪️", arrows_counterclockwise: "🔄", arrow_upper_right: "↗️",
  arrows_clockwise: "🔃", fast_forward: "⏩", rewind: "⏪", black_right_pointing_triangle_with_double_vertical_bar: "⏯️",
  double_vertical_bar: "⏸️", pause_button: "⏸️", black_square_for_stop: "⏹️", stop_button: "⏹️", next_track_button: "⏭️",
  large_green_square: "🟩", large_yellow_square: "🟨", large_orange_square: "🟧", large_red_square: "🟥", large_blue_square: "🟦",
  large_purple_square: "🟪", large_brown_square: "🟫", white_large_square: "⬜", black_large_square: "⬛",
  large_green_circle: "🟢", large_yellow_circle: "🟡", large_orange_circle: "🟠", red_circle: "🔴", large_red_circle: "🔴",
  large_blue_circle: "🔵", blue_circle: "🔵", large_purple_circle: "🟣", large_brown_circle: "🟤", white_circle: "⚪", black_circle: "⚫",
  radio_button: "🔘", small_blue_diamond: "🔹", small_orange_diamond: "🔸", heavy_minus_sign: "➖", heavy_plus_sign: "➕",
  lock: "🔒", unlock: "🔓", closed_lock_with_key: "🔐", key: "🔑", shield: "🛡️", floppy_disk: "💾", package: "📦", file_cabinet: "🗄️",
  card_file_box: "🗃️", wastebasket: "🗑️", mag: "🔍", mag_right: "🔎", hammer_and_wrench: "🛠️", wrench: "🔧", gear: "⚙️", bug: "🐛",
  test_tube: "🧪", microscope: "🔬", memo: "📝", page_facing_up: "📄", clipboard: "📋", scroll: "📜", books: "📚", bookmark: "🔖", link: "🔗",
  pushpin: "📌", paperclip: "📎", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", bar_chart: "📊", bell: "🔔",
  no_bell: "🔕", mega: "📣", loudspeaker: "📢", speech_balloon: "💬", thread: "🧵", robot_face: "🤖", construction: "🚧", traffic_light: "🚥",
  vertical_traffic_light: "🚦", checkered_flag: "🏁", triangular_flag_on_post: "🚩", white_flag: "🏳️", stethoscope: "🩺", ambulance: "🚑",
  ghost: "👻", skull: "💀", bird: "🐦", hatching_chick: "🐣", dove_of_peace: "🕊️", cyclone: "🌀", umbrella: "☔", sunny: "☀️", snail: "🐌",
  turtle: "🐢", whale: "🐳", dolphin: "🐬", elephant: "🐘", seedling: "🌱", herb: "🌿", globe_with_meridians: "🌐", house: "🏠", door: "🚪",
  bust_in_silhouette: "👤", busts_in_silhouette: "👥", thinking_face: "🤔", smile: "😄", slightly_smiling_face: "🙂", sweat_smile: "😅",
  cry: "😢", one: "1️⃣", two: "2️⃣", three: "3️⃣", four: "4️⃣", five: "5️⃣", 100: "💯", recycle: "♻️", infinity: "♾️", dart: "🎯", new: "🆕", ok: "🆗", sos: "🆘",
};

export const EMOJI_NAMES = Object.keys(PICTURES);

export const OFTEN = ["white_check_mark", "heavy_check_mark", "+1", "x", "no_entry", "-1", "eyes", "tada", "rocket", "warning", "rotating_light",
  "hourglass", "alarm_clock", "double_vertical_bar", "question", "thinking_face", "raised_hands", "pray", "heart", "bird"];

const TONES = { "skin-tone-2": "🏻", "skin-tone-3": "🏼", "skin-tone-4": "🏽", "skin-tone-5": "🏾", "skin-tone-6": "🏿" };

export function pictureOf(name) {
  const [plain, tone] = name.split("::");
  const found = Object.hasOwn(PICTURES, plain) ? PICTURES[plain] : null;
  return found && TONES[tone] ? found + TONES[tone] : found;
}

// `mute`: what stands around it says it already.
export function emoji(name, mute = false) {
  const found = pictureOf(name);
  if (found && mute) return h("span", { class: "emoji", "aria-hidden": "true" }, found);
  if (!found) return h("span", { class: "emoji-name" }, `:${name}:`);
  return h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, found);
}
