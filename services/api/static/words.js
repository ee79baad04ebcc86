// Everything the page says, in both languages, by the names and codes of docs/api.md.
// A sentence for a code that is missing here is the API's own, in English.

export const WORDS = {
  en: {
    intro: "Reads Vietnamese identity cards. The photo goes to this server only, and is not kept.",
    language: "Language",
    photo: "Photo",
    choose: "Choose a photo",
    take: "Take a photo",
    drop: "of one side of a card, drop it here, or paste it.",
    not_shown: "Your browser cannot show this kind of file. This is the card as it was cut out of it.",
    crop_alt: "The card, cut out of the photo. The table has all that was read.",
    documentation: "How to call it",
    photo_alt: "The photo, with the card and its words outlined. The table has all of it.",
    labelled: "Names and confidences on the photo",
    key: "API key",
    key_help: "Where the operator asks for one. It stays in this page's memory, goes with each photo to this server, " +
      "and is gone when you close or reload the page.",
    use: "Use",
    result: "Result",
    none: "No photo yet.",
    reading: "Reading …",
    done: (answer) => `Read in ${Math.round(answer.timing_ms.total)} ms. Fields: ${Object.keys(answer.fields).length}, ` +
      `failed checks: ${failed(answer)}, remarks on the photo's quality: ${answer.quality.issues.length}.`,
    key_set: "The key is set.",
    again: "Try again",
    field: "Field",
    read: "Read",
    confidence: "Confidence",
    copy: "Copy",
    copy_field: (name) => `Copy: ${name}`,
    copied: "Copied.",
    not_copied: "The browser did not allow copying.",
    copy_json: "Copy JSON",
    copy_curl: "Copy command",
    curl: "The same with curl",
    checks: "Checks",
    pass: "passed",
    fail: "failed",
    unknown: "unknown",
    doubted: "a check fails",
    matched: "Matched with:",
    details: "Details",
    models: "Models",
    time: "Time",
    request: "Request id",
    corner_completed: "One corner was not seen; it was put where the other three have it.",
    field_missing: (name) => `Not found: ${name}.`,
    sides: { front: "front", back: "back" },
    types: {
      "cmnd-9": "Identity card with 9 digits (CMND)", "cmnd-12": "Identity card with 12 digits (CMND)",
      "cccd-2016": "Citizen card with a barcode (CCCD)", "cccd-2021": "Citizen card with a chip (CCCD)",
      "cc-2024": "Identity card of 2024 (Căn cước)",
    },
    fields: {
      id_number: "Number", full_name: "Full name", date_of_birth: "Date of birth", sex: "Sex",
      nationality: "Nationality", place_of_origin: "Place of origin", place_of_residence: "Place of residence",
      date_of_expiry: "Date of expiry", date_of_issue: "Date of issue", place_of_birth: "Place of birth",
      mrz: "Machine-readable zone", qr: "QR code", other_name: "Other name", ethnicity: "Ethnicity",
      religion: "Religion", personal_identification: "Personal identification", issuing_authority: "Issued by",
    },
    check_names: {
      id_has_right_length: "The number has the right length",
      id_province_is_known: "Its first three digits are a province's",
      id_matches_birth_year: "The number has the year of birth",
      id_matches_century: "The number has the century of birth",
      id_matches_sex: "The number has the sex",
      expiry_matches_birth: "The date of expiry fits the date of birth",
      dates_are_in_order: "The dates are in order",
      mrz_has_right_form: "The machine-readable zone has the right form",
      mrz_document_digit_holds: "Its check digit of the card's number is right",
      mrz_number_digit_holds: "Its check digit of the citizen's number is right",
      mrz_birth_digit_holds: "Its check digit of the date of birth is right",
      mrz_expiry_digit_holds: "Its check digit of the date of expiry is right",
      mrz_composite_digit_holds: "Its check digit of all of these is right",
      mrz_numbers_agree: "Its two numbers agree",
      mrz_matches_date_of_expiry: "It has the printed date of expiry",
      qr_matches_id_number: "The QR code has the same number",
      qr_matches_full_name: "The QR code has the same name",
      qr_matches_date_of_birth: "The QR code has the same date of birth",
      qr_matches_sex: "The QR code has the same sex",
      qr_matches_place_of_residence: "The QR code has the same place of residence",
      qr_matches_date_of_issue: "The QR code has the same date of issue",
      sides_have_same_type: "Both sides are of one kind of card",
      sides_have_same_id_number: "Both sides have the same number",
      sides_have_same_full_name: "Both sides have the same name",
      sides_have_same_date_of_birth: "Both sides have the same date of birth",
      sides_have_same_sex: "Both sides have the same sex",
      sides_have_same_date_of_expiry: "Both sides have the same date of expiry",
      sides_have_same_date_of_issue: "Both sides have the same date of issue",
      sides_have_dates_in_order: "The dates of both sides are in order",
      expiry_matches_issue: "The date of expiry fits the date of issue",
    },
    measures: {
      blur: "Blur", glare: "Glare", dark: "Darkness", bright: "Over-exposure", card_share: "Card's part of the photo",
      card_pixels: "Card's long edge in pixels", corner_score: "Least sure corner", card_score: "Sure of the card's type",
    },
    codes: {
      no_answer: "The server did not answer. It may be away, or the photo may be larger than it takes.",
      not_ours: "What answered is not this API. Something in front of it may have refused the photo.",
    },
  },
  vi: {
    intro: "Đọc thẻ căn cước và chứng minh nhân dân. Ảnh chỉ được gửi đến máy chủ này và không được lưu lại.",
    language: "Ngôn ngữ",
    photo: "Ảnh",
    choose: "Chọn ảnh",
    take: "Chụp ảnh",
    drop: "một mặt của thẻ, kéo thả vào đây, hoặc dán.",
    not_shown: "Trình duyệt không hiển thị được loại tệp này. Đây là tấm thẻ được cắt ra từ tệp.",
    crop_alt: "Tấm thẻ được cắt ra từ ảnh. Bảng bên cạnh có đủ nội dung.",
    documentation: "Cách gọi API",
    photo_alt: "Ảnh với khung của thẻ và của từng từ. Bảng bên cạnh có đủ nội dung.",
    labelled: "Tên trường và độ tin cậy trên ảnh",
    key: "Khóa API",
    key_help: "Dùng khi người vận hành yêu cầu. Khóa chỉ nằm trong bộ nhớ của trang, được gửi cùng mỗi ảnh đến " +
      "máy chủ này, và mất khi bạn đóng hoặc tải lại trang.",
    use: "Dùng",
    result: "Kết quả",
    none: "Chưa có ảnh.",
    reading: "Đang đọc …",
    done: (answer) => `Đã đọc trong ${Math.round(answer.timing_ms.total)} ms. Số trường: ` +
      `${Object.keys(answer.fields).length}, kiểm tra không đạt: ${failed(answer)}, ` +
      `nhận xét về chất lượng ảnh: ${answer.quality.issues.length}.`,
    key_set: "Đã nhận khóa.",
    again: "Thử lại",
    field: "Trường",
    read: "Nội dung",
    confidence: "Độ tin cậy",
    copy: "Sao chép",
    copy_field: (name) => `Sao chép: ${name}`,
    copied: "Đã sao chép.",
    not_copied: "Trình duyệt không cho phép sao chép.",
    copy_json: "Sao chép JSON",
    copy_curl: "Sao chép lệnh",
    curl: "Gọi bằng curl",
    checks: "Kiểm tra",
    pass: "đạt",
    fail: "không đạt",
    unknown: "chưa rõ",
    doubted: "có kiểm tra không đạt",
    matched: "Khớp với:",
    details: "Chi tiết",
    models: "Mô hình",
    time: "Thời gian",
    request: "Mã yêu cầu",
    corner_completed: "Một góc không thấy trong ảnh, được suy ra từ ba góc còn lại.",
    field_missing: (name) => `Không tìm thấy: ${name}.`,
    sides: { front: "mặt trước", back: "mặt sau" },
    types: {
      "cmnd-9": "Chứng minh nhân dân 9 số", "cmnd-12": "Chứng minh nhân dân 12 số",
      "cccd-2016": "Căn cước công dân mã vạch", "cccd-2021": "Căn cước công dân gắn chip",
      "cc-2024": "Thẻ căn cước (mẫu 2024)",
    },
    fields: {
      id_number: "Số", full_name: "Họ và tên", date_of_birth: "Ngày sinh", sex: "Giới tính", nationality: "Quốc tịch",
      place_of_origin: "Quê quán", place_of_residence: "Nơi thường trú", date_of_expiry: "Có giá trị đến",
      date_of_issue: "Ngày cấp", place_of_birth: "Nơi đăng ký khai sinh", mrz: "Dòng MRZ", qr: "Mã QR",
      other_name: "Họ và tên gọi khác", ethnicity: "Dân tộc", religion: "Tôn giáo",
      personal_identification: "Đặc điểm nhân dạng", issuing_authority: "Nơi cấp",
    },
    check_names: {
      id_has_right_length: "Số có đủ chữ số",
      id_province_is_known: "Ba chữ số đầu là mã của một tỉnh",
      id_matches_birth_year: "Số khớp với năm sinh",
      id_matches_century: "Số khớp với thế kỷ sinh",
      id_matches_sex: "Số khớp với giới tính",
      expiry_matches_birth: "Ngày hết hạn phù hợp với ngày sinh",
      dates_are_in_order: "Các ngày theo đúng thứ tự",
      mrz_has_right_form: "Dòng MRZ đúng mẫu",
      mrz_document_digit_holds: "Số kiểm tra MRZ của số thẻ đúng",
      mrz_number_digit_holds: "Số kiểm tra MRZ của số định danh đúng",
      mrz_birth_digit_holds: "Số kiểm tra MRZ của ngày sinh đúng",
      mrz_expiry_digit_holds: "Số kiểm tra MRZ của ngày hết hạn đúng",
      mrz_composite_digit_holds: "Số kiểm tra MRZ tổng hợp đúng",
      mrz_numbers_agree: "Hai số trong MRZ khớp nhau",
      mrz_matches_date_of_expiry: "MRZ có cùng ngày hết hạn",
      qr_matches_id_number: "Mã QR có cùng số",
      qr_matches_full_name: "Mã QR có cùng họ tên",
      qr_matches_date_of_birth: "Mã QR có cùng ngày sinh",
      qr_matches_sex: "Mã QR có cùng giới tính",
      qr_matches_place_of_residence: "Mã QR có cùng nơi thường trú",
      qr_matches_date_of_issue: "Mã QR có cùng ngày cấp",
      sides_have_same_type: "Hai mặt cùng một loại thẻ",
      sides_have_same_id_number: "Hai mặt có cùng số",
      sides_have_same_full_name: "Hai mặt có cùng họ tên",
      sides_have_same_date_of_birth: "Hai mặt có cùng ngày sinh",
      sides_have_same_sex: "Hai mặt có cùng giới tính",
      sides_have_same_date_of_expiry: "Hai mặt có cùng ngày hết hạn",
      sides_have_same_date_of_issue: "Hai mặt có cùng ngày cấp",
      sides_have_dates_in_order: "Các ngày của hai mặt theo đúng thứ tự",
      expiry_matches_issue: "Ngày hết hạn phù hợp với ngày cấp",
    },
    measures: {
      blur: "Độ mờ", glare: "Độ lóa", dark: "Độ tối", bright: "Độ cháy sáng", card_share: "Phần thẻ chiếm trong ảnh",
      card_pixels: "Cạnh dài của thẻ (pixel)", corner_score: "Góc kém chắc chắn nhất",
      card_score: "Độ chắc chắn về loại thẻ",
    },
    codes: {
      no_answer: "Máy chủ không trả lời. Có thể máy chủ đang tắt, hoặc ảnh lớn hơn mức cho phép.",
      not_ours: "Bên trả lời không phải API này. Có thể một máy trung gian đã từ chối ảnh.",
      bad_request: "Yêu cầu không chứa đúng một ảnh.",
      bad_image: "Ảnh trống, hỏng, bị cắt cụt hoặc quá nhỏ. Hãy gửi tệp gốc.",
      unauthorized: "Cần khóa API hợp lệ. Hãy nhập khóa ở mục “Khóa API”.",
      body_too_slow: "Ảnh gửi lên quá chậm. Hãy thử lại với ảnh nhỏ hơn hoặc đường truyền tốt hơn.",
      body_too_large: "Tệp ảnh quá lớn. Hãy gửi ảnh nhỏ hơn.",
      image_too_large: "Ảnh có quá nhiều điểm ảnh. Hãy gửi ảnh nhỏ hơn.",
      unsupported_media_type: "Loại tệp này không thể chứa ảnh.",
      unsupported_image: "Không nhận ra định dạng ảnh. Hãy gửi ảnh JPEG, PNG, WebP, HEIC, BMP, TIFF hoặc tệp PDF.",
      no_such_page: "Tệp không có trang này.",
      no_card: "Không thấy thẻ nào trong ảnh. Hãy chụp một mặt của thẻ, đủ bốn góc.",
      corners_missing: "Không thấy từ hai góc của thẻ trở lên. Hãy chụp trọn tấm thẻ.",
      card_too_small: "Thẻ quá nhỏ trong ảnh. Hãy chụp gần hơn.",
      photo_refused: "Chất lượng ảnh không đạt.",
      wrong_side: "Đây là mặt kia của thẻ.",
      card_not_readable: "Không đọc được thẻ trong ảnh này.",
      blurred: "Ảnh bị mờ. Hãy giữ yên máy và để máy lấy nét vào thẻ.",
      glare: "Ánh phản chiếu che một phần thẻ. Hãy nghiêng thẻ tránh nguồn sáng.",
      dark: "Ảnh quá tối. Hãy chụp ở nơi sáng hơn.",
      over_exposed: "Ảnh quá sáng. Hãy giảm ánh sáng và tắt đèn flash.",
      card_small: "Thẻ nhỏ trong ảnh. Hãy chụp gần hơn.",
      corner_out_of_view: "Một góc của thẻ không thấy trong ảnh. Hãy chụp trọn tấm thẻ.",
      unknown_document: "Có thể đây không phải loại thẻ đã biết. Hãy gửi mặt trước hoặc mặt sau của thẻ căn cước.",
      internal_error: "Có lỗi ở phía chúng tôi. Hãy thử lại; nếu vẫn lỗi, hãy báo mã yêu cầu.",
      rate_limited: "Bạn đã gửi quá nhiều yêu cầu. Hãy đợi một lát.",
      draining: "Máy chủ sắp dừng. Hãy thử lại sau vài giây.",
      busy: "Máy chủ đang đọc nhiều ảnh khác. Hãy thử lại sau vài giây.",
      serving_error: "Máy chủ mô hình không trả lời đúng. Hãy báo mã yêu cầu.",
      serving_unavailable: "Không liên lạc được với máy chủ mô hình. Hãy thử lại sau vài giây.",
      model_not_ready: "Một mô hình đang được nạp. Hãy thử lại sau vài giây.",
      serving_overloaded: "Các mô hình đang quá tải. Hãy thử lại sau vài giây.",
      serving_timeout: "Các mô hình không trả lời kịp. Hãy thử lại sau vài giây.",
      not_found: "Không có địa chỉ này.",
      method_not_allowed: "Địa chỉ này không nhận yêu cầu như vậy.",
    },
  },
};
const REMEMBERED = "fvi-ocr.language";  // the only thing this page keeps

let language = remembered() ?? (navigator.languages.some((name) => /^vi\b/i.test(name)) ? "vi" : "en");

export function currentLanguage() {
  return language;
}

/** Speaks `name` ("vi" or "en") from now on, and on the next visit. */
export function setLanguage(name) {
  language = name;
  try { localStorage.setItem(REMEMBERED, name); } catch { /* the browser keeps nothing */ }
}

function remembered() {
  try { return Object.keys(WORDS).find((name) => name === localStorage.getItem(REMEMBERED)); } catch { return undefined; }
}

/** What is said under `name`; sentences with something in them take it as `part`. */
export function say(name, part) {
  const words = WORDS[language][name];
  return typeof words === "function" ? words(part) : words;
}

const named = (group) => (name) => WORDS[language][group][name] ?? name.replaceAll("_", " ");
export const fieldName = named("fields");
export const checkName = named("check_names");
export const measureName = named("measures");
export const cardName = (card) => `${named("types")(card.type)}, ${named("sides")(card.side)}`;
export const percent = (share) => `${(100 * share).toFixed(0)} %`;

const sentence = (code, detail) => WORDS[language].codes[code] ?? detail;
export const issueSentence = (issue) => sentence(issue.code, issue.detail);
export const problemSentence = (problem) => sentence(problem.code, problem.detail ?? problem.code);

function failed(answer) {
  return answer.checks.filter((check) => check.result === "fail").length;
}
