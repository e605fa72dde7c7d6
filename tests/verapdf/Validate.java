import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.VeraPDFFoundry;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Asks veraPDF about PDF/UA-1, one file after the other in one Java process.
 *
 * <p>Reads a file name from each line of standard input, and answers each with one line of JSON:
 * {"file", "compliant", "checks", "failed": [{"clause", "test", "message", "context", "count"}]}, where "checks" is the
 * number of checks done, a failed rule stands once, and "context" is the first place where it failed. A file that can't
 * be read as a PDF is answered {"file", "error"}.
 */
public final class Validate {
    private static final PDFAFlavour FLAVOUR = PDFAFlavour.byFlavourId("ua1");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PLACES_KEPT_OF_A_RULE = 1;

    private Validate() {}

    public static void main(String[] words) throws Exception {
        Logger.getLogger("").setLevel(Level.OFF); // it tells on standard error what it finds odd in a broken file
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // libraries that print must not break the answers
        VeraGreenfieldFoundryProvider.initialise();
        VeraPDFFoundry foundry = Foundries.defaultInstance();
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String file = questions.readLine(); file != null; file = questions.readLine()) {
            ObjectNode answer = JSON.createObjectNode().put("file", file);
            try {
                validate(foundry, file, answer);
            } catch (Exception failure) {
                answer.put("error", String.valueOf(failure));
            }
            answers.println(answer);
        }
    }

    private static void validate(VeraPDFFoundry foundry, String file, ObjectNode answer) throws Exception {
        try (PDFAParser parser = foundry.createParser(new File(file), FLAVOUR);
                PDFAValidator validator = foundry.createValidator(FLAVOUR, PLACES_KEPT_OF_A_RULE, false, true, false)) {
            ValidationResult result = validator.validate(parser);
            answer.put("compliant", result.isCompliant()).put("checks", result.getTotalAssertions());
            Map<String, ObjectNode> rules = new TreeMap<>();
            for (TestAssertion failed : result.getTestAssertions()) {
                String clause = failed.getRuleId().getClause();
                int test = failed.getRuleId().getTestNumber();
                rules.computeIfAbsent(clause + "-" + test, rule -> JSON.createObjectNode()
                        .put("clause", clause)
                        .put("test", test)
                        .put("message", failed.getErrorMessage() == null ? failed.getMessage() : failed.getErrorMessage())
                        .put("context", failed.getLocation().getContext())
                        .put("count", result.getFailedChecks().get(failed.getRuleId())));
            }
            ArrayNode list = answer.putArray("failed");
            rules.values().forEach(list::add);
        }
    }
}
