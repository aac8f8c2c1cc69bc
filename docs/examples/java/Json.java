import java.util.*;
import java.util.regex.*;

/** Reads JSON (RFC 8259) and nothing else: no comments, no trailing commas, no member that is named twice. */
final class Json {
    static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unreadable(String found) {
            super("no JSON from \"" + found.substring(0, Math.min(found.length(), 40)) + "\"");
        }
    }

    private static final String PLAIN = "[^\"\\\\\\x00-\\x1f]*+";
    private static final Pattern ESCAPE = Pattern.compile("\\\\(u\\p{XDigit}{4}|[\"\\\\/bfnrt])");
    private static final String STRING = "\"" + PLAIN + "(?:" + ESCAPE + PLAIN + ")*+\"";
    private static final String NUMBER = "-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?(?:[eE][+-]?[0-9]++)?";
    private static final String BLANK = "[ \t\r\n]*+";
    private static final Pattern TOKEN =
            Pattern.compile(BLANK + "([{}\\[\\]:,]|" + STRING + "|" + NUMBER + "|true|false|null)" + BLANK);

    private final String text;
    private final Map<String, String> values = new HashMap<>();
    private int at = 0;

    private Json(String text) {
        this.text = text;
    }

    /**
     * Every value by its JSON pointer (RFC 6901, without the escapes, which no member of the service needs). Numbers
     * and booleans stay as they are written; null is null.
     */
    static Map<String, String> values(String text) {
        var json = new Json(text);
        json.read("", json.next());
        json.require(json.at == text.length());
        return json.values;
    }

    private void read(String pointer, String token) {
        require(!values.containsKey(pointer) && !"}]:,".contains(token));
        values.put(pointer, token.equals("null") ? null : unquoted(token));
        if (token.equals("{")) each("}", (name, i) -> readMember(pointer, name));
        if (token.equals("[")) each("]", (item, i) -> read(pointer + "/" + i, item));
    }

    private void readMember(String pointer, String name) {
        require(name.startsWith("\"") && next().equals(":"));
        read(pointer + "/" + unquoted(name), next());
    }

    private interface Part {
        void read(String firstToken, int i);
    }

    private void each(String end, Part part) {
        var token = next();
        for (int i = 0; !token.equals(end); i++, token = next()) {
            require(i == 0 || token.equals(","));
            part.read(i == 0 ? token : next(), i);
        }
    }

    private String next() {
        var found = TOKEN.matcher(text).region(at, text.length());
        require(found.lookingAt());
        at = found.end();
        return found.group(1);
    }

    private static String unquoted(String token) {
        if (!token.startsWith("\"")) return token;
        var inner = token.substring(1, token.length() - 1);
        return ESCAPE.matcher(inner).replaceAll(found -> Matcher.quoteReplacement(meant(found.group(1))));
    }

    private static String meant(String escaped) {
        if (escaped.startsWith("u")) return String.valueOf((char) Integer.parseInt(escaped.substring(1), 16));
        return escaped.equals("/") ? escaped : ("\\" + escaped).translateEscapes();
    }

    private void require(boolean fits) {
        if (!fits) throw new Unreadable(text.substring(at));
    }
}
