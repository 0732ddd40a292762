import { speak } from "/js/i18n.js";

await speak();
