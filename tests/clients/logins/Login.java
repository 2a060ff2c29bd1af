import java.sql.DriverManager;

/** Connects with JDBC and says who it is: Login URL. */
public class Login {
  public static void main(String[] arguments) {
    try (var connection = DriverManager.getConnection(arguments[0]);
        var result = connection.createStatement().executeQuery("SELECT current_user")) {
      result.next();
      System.out.println(result.getString(1));
    } catch (Exception error) {
      System.out.println(error.getMessage());
      System.exit(1);
    }
  }
}
