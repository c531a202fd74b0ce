import java.io.FileInputStream;
import java.security.KeyStore;
import javax.net.ssl.*;

/** Prints which key of a store Java's key manager takes for ECDSA and for RSA. */
class Choose {
    public static void main(String[] args) throws Exception {
        KeyStore store = KeyStore.getInstance(args[1]);
        store.load(new FileInputStream(args[0]), "changeit".toCharArray());
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(store, "changeit".toCharArray());
        X509KeyManager manager = (X509KeyManager) factory.getKeyManagers()[0];
        for (String kind : new String[] {"EC", "RSA"}) {
            System.out.println(manager.chooseClientAlias(new String[] {kind}, null, null));
        }
    }
}
