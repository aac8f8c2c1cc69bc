import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.time.Duration;
import java.util.*;

/**
 * Signs Algorand transactions with a key that Chancery keeps. Java 17, nothing else.
 *
 * <pre>
 * var signer = new KmsSigner("confio-testnet-sponsor");
 * byte[] signed = signer.signTransaction(Encoder.encodeToMsgPack(unsigned));
 * </pre>
 *
 * From a shell: {@code javac -d out *.java && java -cp out KmsSigner ALIAS [TRANSACTION ...]}, with transactions as
 * base64 of their MessagePack.
 */
public final class KmsSigner {
    /** What was not done, and why: the service's own code, detail and hint, or the code unreachable or unreadable. */
    public static final class ChanceryException extends RuntimeException {
        private static final long serialVersionUID = 1;
        public final String code;

        ChanceryException(String code, String detail) {
            super(code + ": " + detail);
            this.code = code;
        }
    }

    /** Follows no redirect: the API key is for this service alone. */
    private final HttpClient http = HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build();
    private final String url, apiKey, id, network, publicKey, address;

    /** The service at CHANCERY_URL, with CHANCERY_API_KEY or what the file CHANCERY_API_KEY_FILE holds. */
    public KmsSigner(String keyAlias) throws IOException, InterruptedException {
        this(keyAlias, System.getenv().getOrDefault("CHANCERY_URL", "http://127.0.0.1:9000"), apiKeyGiven(), null);
    }

    /** @param network a CAIP-2 id, or null for the one the key is bound to */
    public KmsSigner(String keyAlias, String url, String apiKey, String network) throws InterruptedException {
        this.url = url.replaceAll("/$", "");
        this.apiKey = apiKey;
        var key = ask(request("/v1/keys/" + URLEncoder.encode(keyAlias, StandardCharsets.UTF_8)).GET());
        var family = key.get("/key/family");
        if (!"algorand".equals(family)) throw new IllegalArgumentException(keyAlias + " is a key of " + family);
        this.network = network != null ? network : key.get("/key/network");
        if (this.network == null) throw new IllegalArgumentException(keyAlias + " has no network: name one");
        this.id = key.get("/key/id");
        this.publicKey = key.get("/key/publicKey").substring(2);
        this.address = key.getOrDefault("/key/accounts/0", key.get("/key/address"));
    }

    public String address() {
        return address;
    }

    /** MessagePack in, MessagePack out. */
    public byte[] signTransaction(byte[] unsigned) throws InterruptedException {
        return signTransactions(List.of(unsigned)).get(0);
    }

    /**
     * Up to 16, in one request and in their order: all of one atomic group, or none in a group. Where {@code indexes}
     * are given only those are signed; the others are there for their group, and null is in their place.
     */
    public List<byte[]> signTransactions(List<byte[]> unsigned, Integer... indexes) throws InterruptedException {
        var asked = new StringJoiner(",", "{\"network\":\"" + network + "\",\"transactions\":[", "]}");
        for (int i = 0; i < unsigned.size(); i++) {
            var signers = isSigned(i, indexes) ? "" : ",\"signers\":[]";
            asked.add("{\"txn\":\"" + Base64.getEncoder().encodeToString(unsigned.get(i)) + "\"" + signers + "}");
        }
        var body = HttpRequest.BodyPublishers.ofString(asked.toString());
        var answer = ask(request("/v1/keys/" + id + "/sign").POST(body));
        var signed = new ArrayList<byte[]>();
        for (int i = 0; i < unsigned.size(); i++) {
            signed.add(isSigned(i, indexes) ? checked(answer.get("/result/transactions/" + i), unsigned.get(i)) : null);
        }
        return signed;
    }

    private static boolean isSigned(int i, Integer... indexes) {
        return indexes.length == 0 || List.of(indexes).contains(i);
    }

    /** Whoever hands on another transaction than the one that was sent, sends it. */
    private byte[] checked(String answer, byte[] sent) {
        var signed = Base64.getDecoder().decode(answer == null ? "" : answer);
        var rekeyed = "83a473676e72c420" + publicKey;
        var wanted = "(82|" + rekeyed + ")a3736967c440.{128}a374786e" + HexFormat.of().formatHex(sent);
        if (HexFormat.of().formatHex(signed).matches(wanted)) return signed;
        throw new ChanceryException("unreadable", "what came back is not what was sent, signed by the key");
    }

    private HttpRequest.Builder request(String path) {
        var builder = HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(35));
        return builder.header("X-API-Key", apiKey).header("Content-Type", "application/json");
    }

    private Map<String, String> ask(HttpRequest.Builder request) throws InterruptedException {
        try {
            var reply = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            var answer = Json.values(reply.body());
            if (reply.statusCode() == 200) return answer;
            throw new ChanceryException(answer.getOrDefault("/code", "unreadable"), explained(answer));
        } catch (IOException error) {
            throw new ChanceryException("unreachable", url + " does not answer: " + error);
        } catch (Json.Unreadable error) {
            throw new ChanceryException("unreadable", "the reply is not the service's: " + error.getMessage());
        }
    }

    private static String explained(Map<String, String> problem) {
        var why = new StringBuilder(problem.getOrDefault("/detail", "the reply is not the service's"));
        if (problem.containsKey("/where")) {
            why.append(" (" + problem.get("/where") + ": got " + problem.get("/got"));
            why.append(", wanted " + problem.get("/wanted") + ")");
        }
        int i = 0;
        for (var check = "/checks/0"; problem.containsKey(check); check = "/checks/" + ++i) {
            if (problem.get(check + "/ok").equals("false")) why.append(" (" + problem.get(check + "/name") + ")");
        }
        return why + (problem.containsKey("/hint") ? ". " + problem.get("/hint") : "");
    }

    private static String apiKeyGiven() throws IOException {
        var key = System.getenv("CHANCERY_API_KEY");
        if (key != null) return key;
        var file = System.getenv("CHANCERY_API_KEY_FILE");
        if (file == null) throw new IllegalArgumentException("no API key: set CHANCERY_API_KEY_FILE");
        return Files.readString(Path.of(file)).strip();
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try {
            if (arguments.length == 0) throw new IllegalArgumentException("name a key, and transactions in base64");
            var signer = new KmsSigner(arguments[0]);
            System.out.println(signer.address());
            var unsigned = Arrays.stream(arguments).skip(1).map(Base64.getDecoder()::decode).toList();
            var signed = unsigned.isEmpty() ? unsigned : signer.signTransactions(unsigned);
            signed.forEach(one -> System.out.println(Base64.getEncoder().encodeToString(one)));
        } catch (ChanceryException | IllegalArgumentException error) {
            System.err.println("KmsSigner: " + error.getMessage());
            System.exit(1);
        }
    }
}
