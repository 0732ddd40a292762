import { speak } from "../../js/i18n.js";
import { showServed } from "../../js/served.js";

await speak();
showServed();
